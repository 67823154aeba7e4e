import type { Mutation } from "../world.ts";
import { aws } from "./aws.ts";
import { github } from "./github.ts";
import { kubernetes } from "./kubernetes.ts";
import { others } from "./others.ts";
import { vercel } from "./vercel.ts";

/** Every way to break each rule, by the rule's name. */
export const mutations: Readonly<Record<string, readonly Mutation[]>> = {
  ...kubernetes,
  ...aws,
  ...github,
  ...vercel,
  ...others,
};

/** Settings that a rule needs to see its mutations. */
export const settings: Readonly<Record<string, object>> = { "github-bypass": { appId: 100001 } };
