import { isUnknown, type PropsOf, type Seen, type UnknownValue } from "./resource.ts";
import type { Stack } from "./stack.ts";

/** A number, switch or list that a stack kind can set in policies/levels/<kind>.json. */
export interface Setting {
  type: "boolean" | "number" | "string" | "array";
  default: unknown;
  description: string;
}

/** The values of a rule's settings, defaults filled in. */
export type Settings = Readonly<Record<string, unknown>>;

/** What there is to know about a rule. */
export interface RuleFacts {
  /** `<provider>-<what>`, and the file is `<provider>/<what>.ts`. */
  name: string;
  /** What has to be so, in a line. */
  title: string;
  /** Whether breaking it stops an update, unless the stack kind says otherwise. */
  level: "mandatory" | "advisory";
  severity: "low" | "medium" | "high" | "critical";
  /** Ids of the requirements that it holds; none for rules of the house. */
  rows: readonly string[];
  /** What happens where it is broken. */
  why: string;
  fix: string;
  /** Where the field is documented by whoever made it. */
  link: string;
  settings?: Readonly<Record<string, Setting>>;
}

/**
 * One thing to look at. Gives what is wrong, as the end of a sentence that begins with the resource, or nothing. A
 * value that a preview does not know yet throws: only this check is then left to the update.
 */
export type Check = () => string | undefined;

/** A rule about each resource of some types, whatever else there is. */
export interface ResourceRule extends RuleFacts {
  of: "resource";
  types: readonly string[] | ((type: string) => boolean);
  check(resource: Seen, settings: Settings): Iterable<Check>;
}

/** A rule about how resources go together. */
export interface StackRule extends RuleFacts {
  of: "stack";
  /** Not run for stacks without a resource of this type. */
  onlyWith?: string;
  /** Each check belongs to a resource, which the message names. */
  check(stack: Stack, settings: Settings): Iterable<readonly [Pick<Seen, "type" | "name" | "urn">, Check]>;
}

export type Rule = ResourceRule | StackRule;

/** A rule about each resource of some types; `Args` are the arguments of its class. */
export function resourceRule<Args>(
  rule: RuleFacts & {
    types: ResourceRule["types"];
    check(resource: Seen<PropsOf<Args>>, settings: Settings): Iterable<Check>;
  },
): ResourceRule {
  return {
    ...rule,
    of: "resource",
    check: (seen, settings) => rule.check(seen as Seen<PropsOf<Args>>, settings),
  };
}

/** A rule about how resources go together. */
export function stackRule(rule: Omit<StackRule, "of">): StackRule {
  return { ...rule, of: "stack" };
}

/** `problem` where the condition does not hold. */
export const want = (holds: boolean, problem: string): string | undefined => (holds ? undefined : problem);

/** A value in a message. */
export const show = (value: unknown): string => (value === undefined ? "(not set)" : JSON.stringify(value));

/** How a message names a resource: `Bucket pulse-messages-backups`. */
export const nameOf = ({ type, name }: Pick<Seen, "type" | "name">): string =>
  `${type.split(":").at(-1) ?? type} ${name}`;

/** What people read: which resource has which problem, why that is one, what to do, and where to read on. */
export function messageOf(rule: RuleFacts, resource: Pick<Seen, "type" | "name">, problem: string): string {
  return [
    `${nameOf(resource)} ${problem}.`,
    `Why: ${rule.why}`,
    `Fix: ${rule.fix}`,
    `More: ${rule.link}`,
  ].join("\n");
}

/** The sentence with the problem, out of such a message as the engine tells it: with the rule's title before it. */
export function problemIn(rule: RuleFacts, message: string): string {
  const [problem = message] = message.trim().split("\nWhy: ");
  return problem.startsWith(`${rule.title}\n`) ? problem.slice(rule.title.length + 1) : problem;
}

/** Settings of a rule, with its defaults. */
export function settingsOf({ settings = {} }: RuleFacts, given: object): Settings {
  const defaults = Object.entries(settings).map(([key, setting]) => [key, setting.default] as const);
  return { ...Object.fromEntries(defaults), ...given };
}

type Report = (message: string, urn: string) => void;

/** Runs a resource rule. @throws the SDK's error about what is not known yet, after everything else was looked at. */
export function runResourceRule(rule: ResourceRule, seen: Seen, given: object, report: Report): void {
  const applies = typeof rule.types === "function" ? rule.types(seen.type) : rule.types.includes(seen.type);
  if (!applies) return;
  const settings = settingsOf(rule, given);
  const checks = function* () {
    for (const check of rule.check(seen, settings)) yield [seen, check] as const;
  };
  run(rule, checks(), report);
}

/** Runs a stack rule. @throws as `runResourceRule`. */
export function runStackRule(rule: StackRule, stack: Stack, given: object, report: Report): void {
  run(rule, rule.check(stack, settingsOf(rule, given)), report);
}

function run(rule: Rule, checks: ReturnType<StackRule["check"]>, report: Report): void {
  const unknown: UnknownValue[] = [];
  const known = <T>(ask: () => T): T | undefined => {
    try {
      return ask();
    } catch (error) {
      if (!isUnknown(error)) throw error;
      unknown.push(error);
      return undefined;
    }
  };
  const iterator = checks[Symbol.iterator]();
  for (let next = known(() => iterator.next()); next?.done === false; next = known(() => iterator.next())) {
    const [resource, check] = next.value;
    const problem = known(check);
    if (problem !== undefined) report(messageOf(rule, resource, problem), resource.urn);
  }
  const [first] = unknown;
  if (first === undefined) return;
  const paths = new Set(unknown.map(({ props }) => props.map(String).join(".")));
  first.message = `not yet known: ${[...paths].join(", ")}. The update checks it, when it is known`;
  throw first;
}
