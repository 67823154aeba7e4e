/** An action with the commit that its version's tag points to: what runs never changes by itself. */
const pin = (action: string, commit: string, version: string): string => `${action}@${commit} # ${version}`;

/** Every action that the application's workflows use; commits are those of the tags in the actions' repositories. */
export const actions = {
  attest: pin("actions/attest", "1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
  awsCredentials: pin(
    "aws-actions/configure-aws-credentials",
    "e6de054238d6b7531b4efff3b6587d9aade6a06c",
    "v6.2.3",
  ),
  appToken: pin("actions/create-github-app-token", "1b10c78c7865c340bc4f6099eb2f838309f1e8c3", "v3.1.1"),
  buildPush: pin("docker/build-push-action", "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a", "v7.3.0"),
  changesets: pin("changesets/action", "8488615a623b1b9c987934bb89eae8af6a946ac1", "v2.1.1"),
  checkout: pin("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
  codecov: pin("codecov/codecov-action", "671740ac38dd9b0130fbe1cec585b89eea48d3de", "v5.5.2"),
  codeqlAnalyze: pin("github/codeql-action/analyze", "8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"),
  codeqlInit: pin("github/codeql-action/init", "8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"),
  codeqlUpload: pin(
    "github/codeql-action/upload-sarif",
    "8aad20d150bbac5944a9f9d289da16a4b0d87c1e",
    "v4.36.2",
  ),
  cosign: pin("sigstore/cosign-installer", "6f9f17788090df1f26f669e9d70d6ae9567deba6", "v4.1.2"),
  dependencyReview: pin(
    "actions/dependency-review-action",
    "2031cfc080254a8a887f58cffee85186f0e49e48",
    "v4.9.0",
  ),
  downloadArtifact: pin("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
  login: pin("docker/login-action", "4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"),
  sbom: pin("anchore/sbom-action", "e22c389904149dbc22b58101806040fa8d37a610", "v0.24.0"),
  setupBuildx: pin("docker/setup-buildx-action", "37fe631027851001ddb9b187196cc803df7f5f0e", "v4.3.0"),
  setupGo: pin("actions/setup-go", "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e", "v7.0.0"),
  setupNode: pin("actions/setup-node", "820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
  setupPnpm: pin("pnpm/action-setup", "fe02b34f77f8bc703788d5817da081398fad5dd2", "v4.0.0"),
  setupQemu: pin("docker/setup-qemu-action", "96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0"),
  trivy: pin("aquasecurity/trivy-action", "ed142fd0673e97e23eac54620cfb913e5ce36c25", "v0.36.0"),
  trufflehog: pin("trufflesecurity/trufflehog", "bcfcf73aaf4759d4dadc2783177c245a02792318", "v3.97.0"),
  uploadArtifact: pin("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
} as const;
