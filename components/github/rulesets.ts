import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import {
  commitTitle,
  developBranch,
  hotfixBranches,
  mainBranch,
  releaseTagName,
  releaseTags,
} from "../../infra/domain/repository.ts";
import type { ProtectedRepositoryArgs } from "./ProtectedRepositoryArgs.ts";

type Rules = github.RepositoryRulesetArgs["rules"];
type Bypass = github.types.input.RepositoryRulesetBypassActor;

/** The rules of main, develop, hotfix branches and release tags. */
export function rulesets(
  name: string,
  args: ProtectedRepositoryArgs,
  repository: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): github.RepositoryRuleset[] {
  const ruleset = (
    suffix: string,
    target: "branch" | "tag",
    refs: readonly string[],
    rules: Rules,
    bypassActors: Bypass[],
  ) =>
    new github.RepositoryRuleset(
      `${name}-rules-${suffix}`,
      {
        name: suffix,
        repository,
        target,
        enforcement: "active",
        // GitHub wants both lists.
        conditions: { refName: { includes: refs.map((ref) => fullRef(target, ref)), excludes: [] } },
        rules,
        ...(bypassActors.length > 0 && { bypassActors }),
      },
      opts,
    );

  const app: Bypass = {
    actorId: args.infrastructureAppId,
    actorType: "Integration",
    bypassMode: "always",
  };
  const releasers = args.releaseTeamIds.map((id): Bypass => ({
    actorId: id,
    actorType: "Team",
    bypassMode: "always",
  }));
  return [
    ruleset("main", "branch", [mainBranch], { ...reviewed(args), ...titled(args) }, [app]),
    ruleset("develop", "branch", [developBranch], { ...reviewed(args), ...titled(args) }, []),
    // Pushed to directly, since it is an emergency; what is on it reaches main by a reviewed pull request.
    ruleset("hotfix", "branch", hotfixBranches, { nonFastForward: true }, []),
    ruleset("release-tags", "tag", [releaseTags], { creation: true, ...tagNamed(args) }, [app, ...releasers]),
    // Apart from the rule above, since this one lets nobody pass: a tag that was released stays what it is.
    ruleset("released-tags-stay", "tag", [releaseTags], { update: true, deletion: true }, []),
  ];
}

function fullRef(target: "branch" | "tag", ref: string): string {
  return `refs/${target === "branch" ? "heads" : "tags"}/${ref}`;
}

/** Nothing gets in but by a reviewed pull request whose checks are green on the newest code. */
function reviewed({ requiredApprovals, requiredChecks, mergeMethods }: ProtectedRepositoryArgs) {
  return {
    deletion: true,
    nonFastForward: true,
    requiredLinearHistory: !mergeMethods.includes("merge"),
    pullRequest: {
      requiredApprovingReviewCount: requiredApprovals,
      dismissStaleReviewsOnPush: true,
      requireCodeOwnerReview: true,
      requireLastPushApproval: true,
      requiredReviewThreadResolution: true,
      allowedMergeMethods: [...mergeMethods],
    },
    requiredStatusChecks: {
      requiredChecks: requiredChecks.map((context) => ({ context })),
      strictRequiredStatusChecksPolicy: true,
      // A branch is made before its first check can have run.
      doNotEnforceOnCreate: true,
    },
  } satisfies Rules;
}

function titled({ metadataRules }: ProtectedRepositoryArgs) {
  return metadataRules ? { commitMessagePattern: { operator: "regex", pattern: commitTitle } } : {};
}

function tagNamed({ metadataRules }: ProtectedRepositoryArgs) {
  return metadataRules ? { tagNamePattern: { operator: "regex", pattern: releaseTagName } } : {};
}
