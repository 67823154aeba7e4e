import { mainBranch, operationsEnvironment, releaseTags } from "../repository.ts";
import { actions } from "./actions.ts";
import { checks } from "./ci.ts";
import { imagePermissions } from "./image.ts";
import type { WorkflowSettings } from "./settings.ts";
import {
  checkout,
  download,
  expression,
  install,
  job,
  node,
  packageScript,
  program,
  readOnly,
  type Job,
} from "./steps.ts";
import type { Yaml } from "./yaml.ts";

const pending = "needs.version.outputs.pending == 'true'";

/**
 * Changesets on main become a pull request with the next version and its changelog. Once that is merged, the version
 * is checked, built, signed and drafted; who publishes the draft makes the tag, and with it the deployment.
 */
export function release(settings: WorkflowSettings): Yaml {
  const { steps } = settings;
  return {
    name: "release",
    on: { push: { branches: [mainBranch], ...(steps.packages && { tags: [releaseTags] }) } },
    permissions: readOnly,
    concurrency: { group: `release-${expression("github.ref")}`, "cancel-in-progress": false },
    jobs: {
      version: version(settings),
      checks: checks(settings, { needs: ["version"], if: pending }),
      ...(steps.image && {
        image: {
          uses: "./.github/workflows/image.yml",
          needs: ["version", "checks"],
          permissions: imagePermissions,
          with: { version: expression("needs.version.outputs.version") },
        },
      }),
      draft: draft(settings),
      ...(steps.packages && { publish: publish(settings) }),
    },
  };
}

function version(settings: WorkflowSettings): Job {
  return job(
    10,
    {
      if: `github.ref == 'refs/heads/${mainBranch}'`,
      environment: operationsEnvironment,
      outputs: {
        version: expression("steps.state.outputs.version"),
        pending: expression("steps.state.outputs.pending"),
      },
    },
    [
      checkout({ "fetch-depth": 0 }),
      ...install(settings, { cache: false }),
      // Its pull request starts the checks, which one made with the workflow's own token would not.
      {
        uses: actions.appToken,
        id: "app",
        with: {
          "client-id": expression("vars.RELEASE_APP_CLIENT_ID"),
          "private-key": expression("secrets.RELEASE_APP_KEY"),
          "permission-contents": "write",
          "permission-pull-requests": "write",
        },
      },
      {
        uses: actions.changesets,
        id: "changesets",
        with: {
          "github-token": expression("steps.app.outputs.token"),
          "version-script": `${settings.packageManager} run version-packages`,
          "commit-message": "chore: release",
          "pr-title": "chore: release",
          "create-github-releases": false,
          "push-git-tags": false,
        },
      },
      program("release-state", "", {
        id: "state",
        env: { BEFORE: expression("github.event.before") },
      }),
    ],
  );
}

/** A draft: GitHub makes the tag when a person who may make release tags publishes it. */
function draft(settings: WorkflowSettings): Job {
  const { app, steps } = settings;
  return job(
    10,
    {
      needs: ["version", "checks", ...(steps.image ? ["image"] : [])],
      permissions: { contents: "write" },
      env: { VERSION: expression("needs.version.outputs.version") },
    },
    [
      checkout(),
      node(settings),
      download("dist", "dist"),
      download("dependencies", "reports"),
      ...(steps.image ? [download(`${app}-image-sbom`, "reports")] : []),
      program("release-backup", "dist release-files"),
      program("release-state"),
      { run: 'tar -czf "reports/dist-$VERSION.tar.gz" -C release-files .' },
      {
        name: "Draft the release",
        run: 'gh release create "v$VERSION" --draft --target "$GITHUB_SHA" --notes-file release-notes.md reports/*',
        env: { GH_TOKEN: expression("github.token") },
      },
    ],
  );
}

/** To both registries, with provenance, and without a key where the registry trusts GitHub's tokens. */
function publish(settings: WorkflowSettings): Job {
  return job(
    15,
    {
      if: "github.ref_type == 'tag'",
      permissions: { contents: "read", "id-token": "write", packages: "write" },
    },
    [
      checkout(),
      ...install(settings, { cache: false }),
      packageScript(settings, "build:production"),
      packageScript(settings, "publish-packages", {
        env: { NODE_AUTH_TOKEN: expression("secrets.GITHUB_TOKEN"), NPM_CONFIG_PROVENANCE: "true" },
      }),
    ],
  );
}
