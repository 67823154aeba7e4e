import { actions } from "./actions.ts";
import type { SecretScanner, WorkflowSettings } from "./settings.ts";
import {
  checkout,
  expression,
  install,
  job,
  program,
  readOnly,
  upload,
  type Job,
  type Step,
} from "./steps.ts";
import type { Yaml } from "./yaml.ts";

/** What the scans need to report what they find. */
export const securityPermissions = {
  actions: "read",
  contents: "read",
  "security-events": "write",
} as const;

/** Scans of dependencies, sources and history: with every change, and daily, since what is known grows by itself. */
export function security(settings: WorkflowSettings): Yaml {
  return {
    name: "security",
    on: {
      schedule: [{ cron: settings.schedules.security }],
      workflow_dispatch: {},
      workflow_call: {},
    },
    permissions: readOnly,
    concurrency: {
      group: `${expression("github.workflow")}-security-${expression("github.ref")}`,
      "cancel-in-progress": false,
    },
    jobs: {
      dependencies: dependencies(settings),
      secrets: secrets(settings),
      ...(settings.steps.codeql && { code: code() }),
      files: files(),
    },
  };
}

function dependencies(settings: WorkflowSettings): Job {
  return job(10, {}, [
    checkout(),
    ...install(settings),
    program("audit", `${settings.packageManager} audit-report.json`),
    { run: `npm sbom --sbom-format cyclonedx > sbom.cdx.json` },
    { ...upload("dependencies", "audit-report.json\nsbom.cdx.json\n"), if: "always()" },
    {
      uses: actions.dependencyReview,
      if: "github.event_name == 'pull_request'",
      with: { "fail-on-severity": "high" },
    },
  ]);
}

const gitleaksVersion = "v8.30.1";

/** In the whole history: a secret that was removed is still there. */
const scans: Record<SecretScanner, Step[]> = {
  gitleaks: [
    { uses: actions.setupGo, with: { "go-version": "1.26", cache: false } },
    { run: `go run github.com/zricethezav/gitleaks/v8@${gitleaksVersion} git --redact --no-banner` },
  ],
  trufflehog: [{ uses: actions.trufflehog, with: { extra_args: "--results=verified,unknown" } }],
};

function secrets(settings: WorkflowSettings): Job {
  return job(15, {}, [
    checkout({ "fetch-depth": 0 }),
    ...settings.secretScanners.flatMap((scanner) => scans[scanner]),
  ]);
}

function code(): Job {
  return job(30, { permissions: securityPermissions }, [
    checkout(),
    { uses: actions.codeqlInit, with: { languages: "javascript-typescript", queries: "security-extended" } },
    { uses: actions.codeqlAnalyze },
  ]);
}

/** What a vulnerability database knows of lock files, Dockerfiles and configuration. */
function files(): Job {
  return job(15, { permissions: securityPermissions }, [
    checkout(),
    {
      uses: actions.trivy,
      with: {
        "scan-type": "fs",
        scanners: "vuln,misconfig",
        severity: "CRITICAL,HIGH",
        format: "sarif",
        output: "trivy.sarif",
      },
    },
    { uses: actions.codeqlUpload, with: { sarif_file: "trivy.sarif", category: "trivy" } },
  ]);
}
