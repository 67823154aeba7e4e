import { actions } from "./actions.ts";
import type { WorkflowSettings } from "./settings.ts";
import { checkout, expression, job, readOnly, upload, type Step } from "./steps.ts";
import type { Yaml } from "./yaml.ts";

export const imagePermissions = {
  attestations: "write",
  contents: "read",
  "id-token": "write",
  packages: "write",
  "security-events": "write",
} as const;

/** Where images are kept: beside the sources, by the repository's name. */
const registry = "ghcr.io";
const name = `${registry}/${expression("github.repository")}`;
const digest = expression("steps.build.outputs.digest");

/** Builds, signs and scans one image for both kinds of machine, and answers with its digest. */
export function image({ app }: WorkflowSettings): Yaml {
  return {
    name: "image",
    on: {
      workflow_call: {
        inputs: { version: { description: "Tag of the image", required: true, type: "string" } },
        outputs: {
          reference: {
            description: "The image by its digest",
            value: expression("jobs.image.outputs.reference"),
          },
        },
      },
    },
    permissions: readOnly,
    jobs: {
      image: job(
        45,
        {
          permissions: imagePermissions,
          outputs: { reference: `${name}@${digest}` },
        },
        [checkout(), ...buildSteps(), ...scanSteps(), ...proofSteps(app)],
      ),
    },
  };
}

function buildSteps(): Step[] {
  return [
    { uses: actions.setupQemu },
    { uses: actions.setupBuildx },
    {
      uses: actions.login,
      with: {
        registry,
        username: expression("github.actor"),
        password: expression("secrets.GITHUB_TOKEN"),
      },
    },
    {
      uses: actions.buildPush,
      id: "build",
      with: {
        platforms: "linux/amd64,linux/arm64",
        push: true,
        tags: `${name}:${expression("inputs.version")}`,
        labels: `org.opencontainers.image.revision=${expression("github.sha")}`,
        "cache-from": "type=gha",
        "cache-to": "type=gha,mode=max",
        provenance: "mode=max",
        sbom: true,
      },
    },
  ];
}

/** Who built it from what, what is in it, and a signature that admission can ask for; all without a key. */
function proofSteps(app: string): Step[] {
  const subject = { "subject-name": name, "subject-digest": digest, "push-to-registry": true };
  return [
    {
      uses: actions.sbom,
      with: {
        image: `${name}@${digest}`,
        format: "cyclonedx-json",
        "output-file": "image.cdx.json",
        "upload-artifact": false,
      },
    },
    { uses: actions.attest, with: subject },
    { uses: actions.attest, with: { ...subject, "sbom-path": "image.cdx.json" } },
    { uses: actions.cosign },
    {
      run: 'cosign sign --yes "$IMAGE"',
      env: { IMAGE: `${name}@${digest}` },
    },
    upload(`${app}-image-sbom`, "image.cdx.json"),
  ];
}

function scanSteps(): Step[] {
  return [
    {
      uses: actions.trivy,
      with: {
        "image-ref": `${name}@${digest}`,
        severity: "CRITICAL,HIGH",
        "ignore-unfixed": true,
        format: "sarif",
        output: "image.sarif",
        "exit-code": "1",
      },
    },
    {
      uses: actions.codeqlUpload,
      if: "always() && hashFiles('image.sarif') != ''",
      with: { sarif_file: "image.sarif", category: "image" },
    },
  ];
}
