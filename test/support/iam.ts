import type { Condition, Statement } from "../../components/aws/policies.ts";

/** A request as IAM sees it; `context` holds condition keys that are present. */
export interface Request {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

/** Whether statements let a request pass: one allows it and none denies it. */
export function allows(statements: readonly Statement[], request: Request): boolean {
  const fitting = statements.filter((statement) => fits(statement, request));
  return fitting.some(({ Effect }) => Effect === "Allow") && !denies(statements, request);
}

export function denies(statements: readonly Statement[], request: Request): boolean {
  return statements.some((statement) => statement.Effect === "Deny" && fits(statement, request));
}

function fits(statement: Statement, { action, context = {}, resource }: Request): boolean {
  return (
    statement.Action.some((pattern) => like(pattern, action)) &&
    (statement.Resource ?? ["*"]).some((pattern) => like(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every((condition) => holds(condition, context))
  );
}

function holds([operator, keys]: [string, Condition[string]], context: Record<string, string>): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = context[key];
    const values = typeof wanted === "string" ? [wanted] : wanted;
    switch (operator) {
      case "Null":
        return String(actual === undefined) === values[0];
      case "StringNotEquals":
        return actual === undefined || !values.includes(actual);
      case "NumericLessThan":
        return actual !== undefined && Number(actual) < Number(values[0]);
      case "StringLike":
      case "ArnLike":
        return actual !== undefined && values.some((pattern) => like(pattern, actual));
      case "Bool":
      case "StringEquals":
        return actual !== undefined && values.includes(actual);
      default:
        throw new Error(`no operator ${operator}`);
    }
  });
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(text);
}
