import { z } from "zod";

/** A value as a person reads it in a message: text in quotes, objects as JSON, never longer than a line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Every way a field can be wrong gives the same two lines: what it is, and what is allowed. They stay apart so that
 * the first, which holds the value, can be left out for a secret.
 */
function allowed(what: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      input === undefined ? `is missing\nallowed: ${what}` : `is ${show(input)}\nallowed: ${what}`,
  };
}

/** A whole number in a range, both ends allowed. `unit` is said in the message. */
export function wholeNumber(min: number, max: number, unit = "") {
  const rule = allowed(`a whole number from ${min} to ${max}${unit && ` ${unit}`}`);
  return z.int(rule).min(min, rule).max(max, rule);
}

/** Any number in a range, both ends allowed. */
export function number(min: number, max: number, unit = "") {
  const rule = allowed(`a number from ${min} to ${max}${unit && ` ${unit}`}`);
  return z.number(rule).min(min, rule).max(max, rule);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, allowed(values.join(", ")));
}

/** The kinds of stack that this program has. */
export const kinds = ["environment", "platform"] as const;
export type Kind = (typeof kinds)[number];

/** A stack's kind; each kind has a schema of its own, so the message names the others too. */
export function kindOf<const K extends Kind>(kind: K) {
  return z.literal(kind, allowed(kinds.join(", ")));
}

export function yesOrNo() {
  return z.boolean(allowed("true or false"));
}

/** Text that has to look like something: `what` says in words what the pattern wants. */
export function text(what: string, pattern = /^.+$/s) {
  const rule = allowed(what);
  return z.string(rule).regex(pattern, rule);
}

/** A label of Kubernetes' names; shorter than its 63 characters where a suffix follows. */
export function kubernetesName(maxLength = 63) {
  const rule = allowed(
    `at most ${maxLength} of a-z, 0-9 and -, starting with a letter and not ending with -`,
  );
  return z
    .string(rule)
    .max(maxLength, rule)
    .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, rule);
}

export function urlPath() {
  return text("a path that starts with /", /^\/\S*$/);
}

/** Where a service answers over HTTP. Without user and password: a config file is no place for these. */
export function url() {
  return text("a URL such as https://prometheus.example.com", /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/);
}

/** The name of a variable that holds a secret. What is wrong may be the secret itself, so it is not shown. */
export function variableName(example: string) {
  const rule = {
    error: ({ input }: { input?: unknown }) =>
      (input === undefined
        ? "is missing"
        : "is no variable's name (not shown, it may be the secret itself)") +
      `\nallowed: the name of an environment variable in capitals, such as ${example}`,
  };
  return z.string(rule).regex(/^[A-Z][A-Z0-9_]*$/, rule);
}

export function cpu() {
  return text("cores such as 500m, 0.5 or 2", /^\d+(\.\d+)?$|^\d+m$/);
}

export function memory() {
  return text("bytes such as 256Mi or 1Gi", /^\d+(\.\d+)?(k|M|G|T|Ki|Mi|Gi|Ti)?$/);
}

export function hostName(example: string) {
  return text(
    `a host name such as ${example}`,
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/,
  );
}

/** A list of things, or of groups; `what` names them in the plural. */
export function listOf<T extends z.ZodType>(item: T, what: string, min = 0) {
  const rule = allowed(`a list of ${min > 0 ? "one or more " : ""}${what}`);
  return z.array(item, rule).min(min, rule);
}

/** Things by a name of the person's own choice. */
export function mapOf<T extends z.ZodType>(item: T, what: string, name = /^.+$/) {
  const rule = allowed(what);
  return z.record(z.string().regex(name, rule), item, rule);
}

/** Environment variables by name. */
export function variables() {
  const name = allowed("names of letters, digits and _ with text values");
  return z.record(z.string().regex(/^[A-Za-z_]\w*$/, name), z.string(allowed("text")), name);
}

/** A group of keys that may be left out when all its keys may; unknown keys are mistakes. */
export function section<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, allowed(`a group of ${Object.keys(shape).join(", ")}`));
}
