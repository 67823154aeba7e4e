import { getString, isUnknown, type JsonObject } from "../../shared/values.ts";
import type { Rules } from "./types.ts";

function checkName(inputs: JsonObject): string[] {
  const name = getString(inputs, "name");
  if (name === undefined || isUnknown(name) || /^[a-z0-9_-]{1,80}$/.test(name)) return [];
  return [
    `name is "${name}": lower-case letters, digits, "-" and "_" are allowed, at most 80 of them, and no "#"`,
  ];
}

/** Slack's kinds. An archived channel keeps its name, so that another of that name is refused. */
export const slack: Rules = {
  Conversation: {
    id: (_, { make }) => `C${make.capitals(10)}`,
    unique: ["name"],
    hidden: () => [
      "permanentMembers",
      "actionOnDestroy",
      "actionOnUpdatePermanentMembers",
      "adoptExistingChannel",
    ],
    adopts: (object) => object.adoptExistingChannel === true && object.isArchived !== true,
    check: checkName,
    computed: (_, { make }) => ({
      created: Math.floor(Date.now() / 1000),
      creator: `U${make.capitals(10)}`,
      isArchived: false,
    }),
    leaves: (object) => (object.actionOnDestroy === "none" ? object : { ...object, isArchived: true }),
  },
  Usergroup: { id: (_, { make }) => `S${make.capitals(10)}`, unique: ["name"] },
};
