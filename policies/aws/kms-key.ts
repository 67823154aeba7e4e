import type * as aws from "@pulumi/aws";
import { resourceRule, show, want } from "../rule.ts";

export const kmsKey = resourceRule<aws.kms.KeyArgs>({
  name: "aws-kms-key",
  title: "Keys are renewed every year, and a deleted one can be brought back for a while",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-11"],
  why: "When a key is gone, everything that it encrypted is gone too; and the longer one key is used, the more a stolen one opens.",
  fix: "Set enableKeyRotation to true and deletionWindowInDays to at least 14 (aws.keyDeletionDays in the config).",
  link: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
  settings: {
    leastDays: { type: "number", default: 14, description: "Fewest days of the deletion window." },
  },
  types: ["aws:kms/key:Key"],
  *check({ props }, { leastDays }) {
    yield () => want(props.enableKeyRotation === true, "does not set enableKeyRotation");
    yield () => {
      const { deletionWindowInDays: days = 30 } = props;
      return want(
        days >= Number(leastDays),
        `has deletionWindowInDays ${show(days)}, fewer than ${String(leastDays)}`,
      );
    };
  },
});
