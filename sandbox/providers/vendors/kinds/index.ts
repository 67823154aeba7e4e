import type { PackageName } from "../facts.ts";
import { aws } from "./aws.ts";
import { github } from "./github.ts";
import { pagerduty } from "./pagerduty.ts";
import { sentry } from "./sentry.ts";
import { slack } from "./slack.ts";
import type { Rules } from "./types.ts";
import { vercel } from "./vercel.ts";

const rules: Readonly<Record<PackageName, Rules>> = { aws, github, vercel, sentry, pagerduty, slack };

/** What a vendor knows beyond the facts of its schema. */
export const rulesOf = (vendor: PackageName): Rules => rules[vendor];
