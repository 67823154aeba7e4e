/** What rules read of an IAM policy document. */
export interface Statement {
  Sid?: string;
  Effect?: string;
  Principal?: string | Record<string, string | string[]>;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** The statements of a document, which a resource has as text or as an object; none of what is no document. */
export function statementsOf(document: unknown): Statement[] {
  const { Statement: statements = [] } = parsed(document);
  return Array.isArray(statements) ? statements : [statements];
}

function parsed(document: unknown): { Statement?: Statement | Statement[] } {
  if (typeof document === "object" && document !== null) return document;
  try {
    return JSON.parse(String(document)) as object;
  } catch {
    return {};
  }
}

/** One value or several, as a list. */
export const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? [...value] : [value];
