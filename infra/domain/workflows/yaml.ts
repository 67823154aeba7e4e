/** Plain data as YAML has it; keys with undefined are left out. */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

const word = /^(true|false|yes|no|on|off|y|n|null|~)$/i;
/** A pinned action, whose version stands in a comment behind it. */
const pinned = /^[\w./-]+@[0-9a-f]{40} # \S+$/;
/** What YAML reads as text without quotes, in block style: no number, no mark, no comment, no mapping. */
const plain = /^(?:[A-Za-z$/]|\.\/)(?!.*(: | #|:$| $))[ -~]*$/;

/** Text of lines, each of which ends: it stands as it is. */
const block = /^([!-~][ -~]*\n)+$/;

/** Data as a YAML text in block style, two spaces a level, keys in their order. */
export function toYaml(value: Yaml): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: Yaml): string[] {
  if (typeof value !== "object") return [scalar(value)];
  if (Array.isArray(value)) return (value as readonly Yaml[]).flatMap(listItem);
  return Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : entry(key, item)));
}

function listItem(item: Yaml): string[] {
  const [first = "", ...rest] = lines(item);
  return [`- ${first}`, ...rest.map(indented)];
}

function entry(key: string, value: Yaml): string[] {
  const name = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
  if (typeof value === "string" && block.test(value))
    return [`${name}: |`, ...value.slice(0, -1).split("\n").map(indented)];
  if (typeof value !== "object") return [`${name}: ${scalar(value)}`];
  if (isFlat(value)) return [`${name}: [${value.map(flowItem).join(", ")}]`];
  const inner = lines(value);
  return inner.length === 0 ? [`${name}: {}`] : [`${name}:`, ...inner.map(indented)];
}

/** Short lists of words stand on one line. */
function isFlat(value: Yaml): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === "string" && !item.includes("\n")) &&
    value.join(", ").length < 70
  );
}

const flowItem = (item: string): string =>
  /^[A-Za-z][\w-]*$/.test(item) ? scalar(item) : JSON.stringify(item);

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  if (pinned.test(value)) return value;
  return plain.test(value) && !word.test(value) ? value : JSON.stringify(value);
}

const indented = (line: string): string => (line === "" ? "" : `  ${line}`);
