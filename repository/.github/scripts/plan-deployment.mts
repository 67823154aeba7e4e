// plan-deployment.mts: from the event (GitHub's variables, INPUT_ENVIRONMENT, PRODUCTION_BRANCH) to the
// outputs environment, version and build (whether an image has to be built for it).
import { appendFileSync } from "node:fs";

const {
  GITHUB_EVENT_NAME: event = "",
  GITHUB_OUTPUT: output,
  GITHUB_REF_NAME: refName = "",
  GITHUB_REF_TYPE: refType = "",
  GITHUB_SHA: sha = "",
  INPUT_ENVIRONMENT: inputEnvironment = "",
  PRODUCTION_BRANCH: productionBranch = "",
} = process.env;

const released = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;

interface Plan {
  environment: string;
  version: string;
  build: boolean;
}

function plan(): Plan | string {
  const built = { version: `sha-${sha.slice(0, 12)}`, build: true };
  const production = refName === productionBranch;
  if (refType === "tag") {
    const version = released.exec(refName)?.[1];
    if (version === undefined) return `The tag ${refName} is no release; allowed: v1.4.2.`;
    return { environment: inputEnvironment || "production", version, build: false };
  }
  if (event === "workflow_dispatch") {
    return inputEnvironment === "production" && !production
      ? `Production takes what was released, and ${refName} is a branch: run the workflow from a tag such as v1.4.2.`
      : { environment: inputEnvironment, ...built };
  }
  return { environment: production && event === "push" ? "production" : "staging", ...built };
}

const made = plan();
if (typeof made === "string") {
  console.log(`::error::${made}`);
  process.exit(1);
}
console.log(
  `${made.version} to ${made.environment}${made.build ? ", from a new image" : ", as it was released"}.`,
);
if (output !== undefined)
  appendFileSync(
    output,
    Object.entries(made)
      .map(([key, value]) => `${key}=${String(value)}\n`)
      .join(""),
  );
