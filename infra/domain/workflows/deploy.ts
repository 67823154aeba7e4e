import type { EnvironmentName } from "../hosts.ts";
import { mainBranch, releaseTags } from "../repository.ts";
import { actions } from "./actions.ts";
import { checks } from "./ci.ts";
import { imagePermissions } from "./image.ts";
import { askDriver, checkHosts, notify, webDeployment } from "./operations.ts";
import { deployingBranches } from "./refs.ts";
import type { WorkflowSettings } from "./settings.ts";
import {
  checkout,
  download,
  expression,
  job,
  node,
  program,
  readOnly,
  type Job,
  type Step,
} from "./steps.ts";
import type { Yaml } from "./yaml.ts";

/** Checks, builds and deploys: staging by itself, production once its reviewers let it pass. */
export function deploy(settings: WorkflowSettings): Yaml {
  const { stagingTrigger, productionTrigger, steps } = settings;
  return {
    name: "deploy",
    "run-name": `deploy ${expression("inputs.environment || github.ref_name")}`,
    on: {
      push: {
        branches: deployingBranches(settings),
        ...(productionTrigger === "approval" && { tags: [releaseTags] }),
      },
      ...(stagingTrigger === "pull_request" && { pull_request: {} }),
      workflow_dispatch: {
        inputs: {
          environment: {
            description: "Where to; production takes a release's tag, chosen above",
            required: true,
            type: "choice",
            options: ["staging", "production"],
          },
        },
      },
    },
    permissions: readOnly,
    jobs: {
      plan: plan(settings),
      checks: checks(settings, { needs: ["plan"] }),
      ...(steps.image && {
        image: {
          uses: "./.github/workflows/image.yml",
          needs: ["plan", "checks"],
          if: "needs.plan.outputs.build == 'true'",
          permissions: imagePermissions,
          with: { version: expression("needs.plan.outputs.version") },
        },
      }),
      staging: deployment(settings, "staging"),
      production: deployment(settings, "production"),
    },
  };
}

/** Which environment this event is for, and which version. */
function plan(settings: WorkflowSettings): Job {
  const production = settings.productionTrigger === "auto" ? mainBranch : "";
  return job(
    5,
    {
      // A fork's pull request must not deploy, and has no secrets that it could deploy with.
      if: "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository",
      outputs: {
        environment: expression("steps.plan.outputs.environment"),
        version: expression("steps.plan.outputs.version"),
        build: expression("steps.plan.outputs.build"),
      },
    },
    [
      checkout(),
      node(settings),
      program("plan-deployment", "", {
        id: "plan",
        env: {
          PRODUCTION_BRANCH: production,
          INPUT_ENVIRONMENT: expression("inputs.environment"),
        },
      }),
    ],
  );
}

function deployment(settings: WorkflowSettings, environment: EnvironmentName): Job {
  const { hosts, steps, watchMinutes } = settings;
  const inProduction = environment === "production";
  const web = webDeployment(settings);
  const announce = (when: string, text: string, severity = ""): Step =>
    notify(settings, { if: when, text, severity });
  return job(
    60 + (inProduction ? watchMinutes : 0),
    {
      needs: ["plan", "checks", ...(steps.image ? ["image"] : [])],
      if: `!cancelled() && !failure() && needs.plan.outputs.environment == '${environment}'`,
      permissions: {
        contents: "read",
        "id-token": "write",
        ...(steps.image && { packages: "read" }),
      },
      environment: { name: environment, url: `https://${hosts[environment].web}` },
      concurrency: { group: `deploy-${environment}`, "cancel-in-progress": false },
      env: { ENVIRONMENT: environment, VERSION: expression("needs.plan.outputs.version") },
    },
    [
      checkout(),
      node(settings),
      ...(inProduction ? [download("dist", "dist"), ...backup(), sourceMaps()] : []),
      ...(steps.image && settings.driver ? findImage() : []),
      ...start(settings),
      { ...web(inProduction ? "promote" : "alias"), name: "Let visitors have the web application" },
      checkHosts(settings, environment, "--attempts 20", { name: "Smoke test" }),
      ...(inProduction
        ? [checkHosts(settings, environment, `--minutes ${watchMinutes}`, { name: "Watch" })]
        : []),
      ...(inProduction ? takeBack(settings) : []),
      announce(
        "success()",
        inProduction
          ? `${settings.app} $VERSION goes to production step by step, by the release driver`
          : `${settings.app} $VERSION is on $ENVIRONMENT`,
      ),
      announce(
        "failure()",
        `${settings.app} $VERSION failed on $ENVIRONMENT`,
        inProduction ? "critical" : "",
      ),
    ],
  );
}

/** What was released, as it was, in the bucket of releases: backups/v1.4.2-<time>/. */
function backup(): Step[] {
  const when = { if: "vars.BACKUP_BUCKET != ''" };
  return [
    { ...program("release-backup", "dist backup"), name: "Describe what is released" },
    {
      ...when,
      uses: actions.awsCredentials,
      with: {
        "role-to-assume": expression("vars.AWS_ROLE_ARN"),
        "aws-region": expression("vars.AWS_REGION"),
      },
    },
    {
      ...when,
      name: "Keep it",
      run: 'aws s3 cp --recursive --only-show-errors backup "s3://$BUCKET/backups/"',
      env: { BUCKET: expression("vars.BACKUP_BUCKET") },
    },
  ];
}

const sentryCliVersion = "3.8.0";

function sourceMaps(): Step {
  return {
    name: "Give source maps to Sentry",
    run: `npx --yes @sentry/cli@${sentryCliVersion} sourcemaps upload --release "$VERSION" dist`,
    env: {
      SENTRY_AUTH_TOKEN: expression("secrets.SENTRY_AUTH_TOKEN"),
      SENTRY_ORG: expression("vars.SENTRY_ORG"),
      SENTRY_PROJECT: expression("vars.SENTRY_PROJECT"),
    },
  };
}

/** The digest of the image: built a moment ago, or with the release. */
function findImage(): Step[] {
  const when = { if: "needs.image.outputs.reference == ''" };
  return [
    {
      ...when,
      uses: actions.login,
      with: {
        registry: "ghcr.io",
        username: expression("github.actor"),
        password: expression("secrets.GITHUB_TOKEN"),
      },
    },
    {
      ...when,
      id: "released",
      name: "Find the released image",
      run: [
        `digest=$(docker buildx imagetools inspect "$IMAGE:$VERSION" --format '{{json .Manifest}}' | jq -er .digest)`,
        'echo "reference=$IMAGE@$digest" >>"$GITHUB_OUTPUT"',
        "",
      ].join("\n"),
      env: { IMAGE: `ghcr.io/${expression("github.repository")}` },
    },
  ];
}

/** Only what has an image can be released, or taken back. */
const releaseApi: typeof askDriver = (settings, ...rest) =>
  settings.steps.image ? askDriver(settings, ...rest) : [];

function start(settings: WorkflowSettings): Step[] {
  const image = expression("needs.image.outputs.reference || steps.released.outputs.reference");
  return releaseApi(
    settings,
    { name: "Release the API", command: "start", version: image },
    { id: "release" },
  );
}

/** Not cancelled by a person, and something was given to visitors before it failed. */
function takeBack(settings: WorkflowSettings): Step[] {
  const web = webDeployment(settings);
  return [
    {
      ...web("rollback"),
      name: "Take the web application back",
      if: "failure() && steps.web.outcome != 'skipped'",
    },
    ...releaseApi(
      settings,
      { name: "Take the API back", command: "rollback", version: "" },
      { if: "failure() && steps.release.outcome == 'success'" },
    ),
  ];
}
