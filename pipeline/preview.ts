/** What a preview, and the gate beside it, said of one stack: small, and without anything secret. */
export interface Digest {
  stack: string;
  /** Steps that would do something, by operation. */
  counts: Record<string, number>;
  changes: Change[];
  /** What went wrong, or what policies and gates ask for. */
  problems: string[];
  warnings: string[];
}

/** One resource that would change. */
export interface Change {
  op: Operation;
  /** Such as `github:RepositoryFile`. */
  type: string;
  name: string;
  properties: Property[];
}

/** One value that would change; texts are short, on one line, and never secret. */
export interface Property {
  path: string;
  /** This one is why the resource is replaced. */
  replaces: boolean;
  before?: string;
  after?: string;
}

export const operations = ["delete", "replace", "create", "update", "import"] as const;
export type Operation = (typeof operations)[number];

/** What the engine calls them. Reading, refreshing and the halves of a replacement are not changes of their own. */
const meaning: Readonly<Record<string, Operation>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  import: "import",
  "import-replacement": "replace",
  discard: "delete",
};

interface State {
  inputs?: Record<string, unknown>;
}

interface Step {
  op: string;
  urn: string;
  oldState?: State;
  newState?: State;
  detailedDiff?: Record<string, { kind: string; inputDiff?: boolean }> | null;
  replaceReasons?: string[] | null;
}

interface Preview {
  steps?: Step[] | null;
  diagnostics?: { message?: string; severity?: string }[] | null;
}

/** Properties of one change; more are counted by nobody who reads a comment. */
const maxProperties = 20;
const maxValue = 80;

/** Reads `pulumi preview --json`. A text that is no preview is a problem, told by its first line. */
export function digestOf(stack: string, text: string): Digest {
  let preview: Preview;
  try {
    const parsed = JSON.parse(text) as Preview | null;
    if (typeof parsed !== "object" || parsed === null) throw new Error("no object");
    preview = parsed;
  } catch {
    const [line = ""] = text.trim().split("\n");
    const problem =
      line === "" ? "The preview left no result." : `The preview left no result: ${oneLine(line)}`;
    return { stack, counts: {}, changes: [], problems: [problem], warnings: [] };
  }
  const changes = (preview.steps ?? []).flatMap(changeOf);
  const counts: Record<string, number> = {};
  for (const { op } of changes) counts[op] = (counts[op] ?? 0) + 1;
  const told = (severity: string) =>
    (preview.diagnostics ?? [])
      .filter((diagnostic) => diagnostic.severity === severity)
      .map(({ message = "" }) => message.trim())
      .filter((message) => message !== "");
  return {
    stack,
    counts,
    changes: changes.sort(
      (a, b) =>
        operations.indexOf(a.op) - operations.indexOf(b.op) ||
        a.type.localeCompare(b.type) ||
        a.name.localeCompare(b.name),
    ),
    problems: told("error"),
    warnings: told("warning"),
  };
}

function changeOf(step: Step): Change[] {
  const op = meaning[step.op];
  const [type = "", name = ""] = step.urn.split("::").slice(2, 4);
  if (!op || type === "pulumi:pulumi:Stack") return [];
  return [
    {
      op,
      type: shortType(type),
      name: step.urn.split("::").slice(3).join("::") || name,
      properties: propertiesOf(step),
    },
  ];
}

/** `pulse:aws:Vault$aws:s3/bucket:Bucket` is an aws:Bucket. */
function shortType(type: string): string {
  const own = type.split("$").at(-1) ?? type;
  const [provider = "", ...rest] = own.split(":");
  return `${provider}:${rest.at(-1) ?? ""}`;
}

function propertiesOf({ op, oldState, newState, detailedDiff, replaceReasons }: Step): Property[] {
  if (op === "create" || op === "delete") return [];
  const paths = Object.keys(detailedDiff ?? {});
  return (paths.length > 0 ? paths : (replaceReasons ?? [])).slice(0, maxProperties).map((path) => {
    const kind = detailedDiff?.[path]?.kind ?? "";
    const before = at(oldState?.inputs, path);
    const after = at(newState?.inputs, path);
    return {
      path,
      replaces: kind.endsWith("-replace") || (replaceReasons ?? []).includes(path),
      ...(before !== undefined && { before: shown(path, before) }),
      ...(after !== undefined && { after: shown(path, after) }),
    };
  });
}

/** The value at a path in the engine's notation: `a.b[0]["c.d"]`. */
function at(value: unknown, path: string): unknown {
  const keys = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, word]) => quoted ?? index ?? word ?? "",
  );
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}

/** How the engine marks a secret in what it prints and in its state. */
const secretMarks = ["[secret]", "4dabf18193072939515e22adb298388d"];
/** How it marks a value that nobody knows before the update. */
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretName = /secret|token|password|passphrase|credential|private_?key|api_?key|dsn/i;

/** A value as a short text; what is or may be secret is not shown, whatever the engine thinks of it. */
function shown(path: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (secretName.test(path) || secretMarks.some((mark) => text.includes(mark))) return "[secret]";
  return oneLine(text.replaceAll(unknownMark, "(known after the update)"));
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > maxValue ? `${line.slice(0, maxValue - 1)}…` : line;
}
