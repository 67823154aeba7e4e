/** Everybody who holds something for a platform. */
export const vendorNames = ["aws", "github", "vercel", "sentry", "pagerduty", "slack"] as const;
export type VendorName = (typeof vendorNames)[number];

/** A vendor as messages speak of it. */
export interface VendorFacts {
  title: string;
  /** Environment variables that its provider reads its token from; any of them will do, messages name the first. */
  tokenVariables: readonly [string, ...string[]];
}

export const vendorFacts: Readonly<Record<VendorName, VendorFacts>> = {
  aws: { title: "AWS", tokenVariables: ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] },
  github: { title: "GitHub", tokenVariables: ["GITHUB_TOKEN", "GITHUB_APP_ID"] },
  vercel: { title: "Vercel", tokenVariables: ["VERCEL_API_TOKEN"] },
  sentry: { title: "Sentry", tokenVariables: ["SENTRY_AUTH_TOKEN"] },
  pagerduty: { title: "PagerDuty", tokenVariables: ["PAGERDUTY_TOKEN"] },
  slack: { title: "Slack", tokenVariables: ["SLACK_TOKEN"] },
};

/**
 * Why a vendor could not be asked, for the person who runs the program: the engine's own words without what is only
 * its wrapping, the variable that holds the token, and where it stands what the token may have to do.
 */
export function unansweredText(name: VendorName, reason: string): string {
  const { title, tokenVariables } = vendorFacts[name];
  const own = reason.replace(/^.*?\breturned an error: /s, "").trim();
  return (
    `${title} could not be asked: ${own} ` +
    `(check the token in ${tokenVariables[0]}; docs/platform.md says what it has to be allowed)`
  );
}
