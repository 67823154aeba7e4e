import type { Registered } from "./mocks.ts";

/** `~ Kind name` for each resource that is changed, + for new ones, - for missing ones. What the engine changes without an update, does not count. */
export function changes(before: Registered[], after: Registered[]): string[] {
  const key = ({ type, name }: Registered) => `${type.split(":").at(-1) ?? ""} ${name}`;
  const old = new Map(before.map((resource) => [key(resource), resource]));
  const now = new Map(after.map((resource) => [key(resource), resource]));
  const shown = (resource: Registered | undefined) =>
    JSON.stringify({ ...resource, dependsOn: undefined, customTimeouts: undefined });
  return [
    ...[...now.keys()].filter((name) => !old.has(name)).map((name) => `+ ${name}`),
    ...[...old.keys()].filter((name) => !now.has(name)).map((name) => `- ${name}`),
    ...[...now.keys()]
      .filter((name) => old.has(name) && shown(old.get(name)) !== shown(now.get(name)))
      .map((name) => `~ ${name}`),
  ];
}
