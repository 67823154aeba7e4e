import type { Region } from "@pulumi/aws";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import * as github from "@pulumi/github";
import * as pagerduty from "@pulumi/pagerduty";
import type * as pulumi from "@pulumi/pulumi";
import * as sentry from "@pulumi/sentry";
import * as slack from "@pulumi/slack";
import * as vercel from "@pulumiverse/vercel";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";

export interface Providers {
  aws: pulumi.ProviderResource;
  github: pulumi.ProviderResource;
  pagerduty: pulumi.ProviderResource;
  sentry: pulumi.ProviderResource;
  slack: pulumi.ProviderResource;
  vercel: pulumi.ProviderResource;
}

/**
 * One provider for each vendor. Tokens come from the environment of whoever runs the program, and the plugins read
 * them by themselves: GITHUB_TOKEN, VERCEL_API_TOKEN, AWS's usual ones, SENTRY_AUTH_TOKEN, PAGERDUTY_TOKEN,
 * SLACK_TOKEN. So no token is ever in the state, not even encrypted, and a renewed one is no change.
 */
export function vendorProviders(config: PlatformConfig): Providers {
  const opts = { transformations: [withoutTokens] };
  const tags = { "managed-by": "pulse-infra", app: config.app.name };
  return {
    aws: new AwsProvider(
      "aws",
      {
        region: config.aws.region as Region,
        ...(config.aws.accountId !== undefined && { allowedAccountIds: [config.aws.accountId] }),
        defaultTags: { tags },
      },
      opts,
    ),
    github: new github.Provider("github", { owner: config.github.owner }, opts),
    pagerduty: new pagerduty.Provider("pagerduty", {}, opts),
    sentry: new sentry.Provider("sentry", {}, opts),
    // The package wants a token here; it is taken away again below.
    slack: new slack.Provider("slack", { token: "" }, opts),
    vercel: new vercel.Provider("vercel", { team: config.vercel.team }, opts),
  };
}

/** The packages copy tokens from the environment into the state, some of them as plain text. */
const withoutTokens: pulumi.ResourceTransformation = ({ props, opts }) => ({
  props: { ...(props as object), token: undefined },
  opts,
});
