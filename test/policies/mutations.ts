// One way to break a rule a line: by the rule's name. The world is in fixtures/.
import { gone, type Edit, type Mutation } from "./world.ts";

const blue = "Deployment pulse-messages-blue";
const container = "spec/template/spec/containers/0";
const pod = "spec/template/spec";
const route = "HTTPRoute pulse-messages-route";
const gateway = "Gateway pulse";
const budget = "PodDisruptionBudget pulse-messages-blue";
const scaler = "HorizontalPodAutoscaler pulse-messages-blue";
const at = (path: string, value: unknown): Edit => [blue, path, value];
const inContainer = (path: string, value: unknown): Edit => at(`${container}/${path}`, value);
const object = (type: string, name: string, props: Record<string, unknown>): Edit => ({
  type: `kubernetes:${type}`,
  name,
  props: {
    ...props,
    metadata: { name, namespace: "pulse-messages", ...(props.metadata as object | undefined) },
  },
});

const kubernetes: Record<string, Mutation[]> = {
  "kubernetes-immutable-image": [
    ["a tag that moves", inContainer("image", "app:latest")],
    ["no tag", inContainer("image", "app")],
    ["a part of a version", inContainer("image", "app:1.4")],
    ["no image", inContainer("image", gone)],
    ["in what prepares a pod", at(`${pod}/initContainers`, [{ name: "setup", image: "setup:latest" }])],
    ["in a Pod", object("core/v1:Pod", "one", { spec: { containers: [{ name: "a", image: "a:latest" }] } })],
    [
      "in a CronJob",
      object("batch/v1:CronJob", "nightly", {
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "a", image: "a" }] } } } } },
      }),
    ],
  ],
  "kubernetes-restricted-pods": [
    ["may be root", at(`${pod}/securityContext/runAsNonRoot`, gone)],
    ["is root", at(`${pod}/securityContext/runAsUser`, 0)],
    ["a container is root", inContainer("securityContext/runAsUser", 0)],
    ["no seccomp", at(`${pod}/securityContext/seccompProfile`, gone)],
    ["seccomp off", at(`${pod}/securityContext/seccompProfile/type`, "Unconfined")],
    ["escalates", inContainer("securityContext/allowPrivilegeEscalation", gone)],
    ["privileged", inContainer("securityContext/privileged", true)],
    ["keeps capabilities", inContainer("securityContext/capabilities", gone)],
    ["adds capabilities", inContainer("securityContext/capabilities/add", ["NET_ADMIN"])],
    ["host network", at(`${pod}/hostNetwork`, true)],
    ["host processes", at(`${pod}/hostPID`, true)],
    ["host IPC", at(`${pod}/hostIPC`, true)],
    ["host folder", at(`${pod}/volumes/0`, { name: "node", hostPath: { path: "/" } })],
    ["host port", inContainer("ports/0/hostPort", 80)],
  ],
  "kubernetes-read-only-root": [
    ["not said", inContainer("securityContext/readOnlyRootFilesystem", gone)],
    ["off", inContainer("securityContext/readOnlyRootFilesystem", false)],
  ],
  "kubernetes-probes": [
    ["no startup", inContainer("startupProbe", gone)],
    ["no liveness", inContainer("livenessProbe", gone)],
    ["no readiness", inContainer("readinessProbe", gone)],
    ["asks nothing", inContainer("readinessProbe/httpGet", gone)],
  ],
  "kubernetes-resources": [
    ["nothing", inContainer("resources", gone)],
    ["no cpu request", inContainer("resources/requests/cpu", gone)],
    ["no memory request", inContainer("resources/requests/memory", gone)],
    ["no cpu limit", inContainer("resources/limits/cpu", gone)],
    ["no memory limit", inContainer("resources/limits/memory", gone)],
    ["a limit below the request", inContainer("resources/limits/memory", "128Mi")],
  ],
  "kubernetes-rollout": [
    ["no strategy", at("spec/strategy", gone)],
    ["all at once", at("spec/strategy/type", "Recreate")],
    ["takes away first", at("spec/strategy/rollingUpdate/maxUnavailable", 1)],
    ["as Kubernetes has it", at("spec/strategy/rollingUpdate/maxUnavailable", gone)],
    ["none more", at("spec/strategy/rollingUpdate/maxSurge", 0)],
  ],
  "kubernetes-replicas": [["a number", at("spec/replicas", 3)]],
  "kubernetes-drain": [
    ["no pause", inContainer("lifecycle", gone)],
    ["no time", at(`${pod}/terminationGracePeriodSeconds`, 30)],
    ["a longer request", [route, "spec/rules/0/timeouts/request", "1m"]],
    ["a longer pause", inContainer("lifecycle/preStop/sleep/seconds", 20)],
  ],
  "kubernetes-pod-spread": [
    ["neither", at(`${pod}/topologySpreadConstraints`, gone), at(`${pod}/affinity`, gone)],
  ],
  "kubernetes-metrics": [
    ["not scraped", at("spec/template/metadata/annotations/prometheus.io~1scrape", "false")],
    ["no path", at("spec/template/metadata/annotations/prometheus.io~1path", gone)],
    ["another port", at("spec/template/metadata/annotations/prometheus.io~1port", "9999")],
    ["nothing", at("spec/template/metadata/annotations", gone)],
  ],
  "kubernetes-autoscaler": [
    ["none", [scaler]],
    ["of another Deployment", [scaler, "spec/scaleTargetRef/name", "other"]],
    ["one pod", [scaler, "spec/minReplicas", 1]],
    ["no minimum", [scaler, "spec/minReplicas", gone]],
    ["fewer at most", [scaler, "spec/maxReplicas", 1]],
    ["no metrics", [scaler, "spec/metrics", gone]],
    ["no cpu", [scaler, "spec/metrics/0/resource/name", "other"]],
    ["no memory", [scaler, "spec/metrics/1/resource/target/averageUtilization", gone]],
  ],
  "kubernetes-disruption-budget": [
    ["none", [budget]],
    ["of other pods", [budget, "spec/selector/matchLabels/color", "red"]],
    ["elsewhere", [budget, "metadata/namespace", "other"]],
    ["keeps none", [budget, "spec/minAvailable", 0]],
    ["lets all go", [budget, "spec/minAvailable", gone], [budget, "spec/maxUnavailable", "100%"]],
  ],
  "kubernetes-route-weights": [
    ["more than 100", [route, "spec/rules/0/backendRefs/1/weight", 10]],
    ["less than 100", [route, "spec/rules/0/backendRefs/0/weight", 90]],
    ["to nobody", [route, "spec/rules/0/backendRefs/0/name", "nobody"]],
    ["to a colour without a Deployment", [blue]],
    ["to pods with other labels", at("spec/template/metadata/labels/color", "red")],
  ],
  "kubernetes-service-selectors": [
    ["the other colour's", ["Service pulse-messages-green", "spec/selector/color", "blue"]],
    ["both colours", ["Service pulse-messages-green", "spec/selector/color", gone]],
    ["all pods", ["Service pulse-messages-green", "spec/selector", {}]],
  ],
  "kubernetes-gateway-only": [
    ["NodePort", ["Service pulse-messages-green", "spec/type", "NodePort"]],
    ["LoadBalancer", ["Service pulse-messages-green", "spec/type", "LoadBalancer"]],
    ["external addresses", ["Service pulse-messages-green", "spec/externalIPs", ["192.0.2.1"]]],
    ["an Ingress", object("networking.k8s.io/v1:Ingress", "second", { spec: {} })],
  ],
  "kubernetes-gateway-tls": [
    ["no TLS", [gateway, "spec/listeners/1/protocol", "HTTP"]],
    ["no certificate", [gateway, "spec/listeners/1/tls/certificateRefs", []]],
    ["passed on", [gateway, "spec/listeners/1/tls/mode", "Passthrough"]],
    ["the application over plain HTTP", [route, "spec/parentRefs/0/sectionName", "http"]],
    ["at every listener", [route, "spec/parentRefs/0/sectionName", gone]],
    [
      "a redirect to plain HTTP",
      ["HTTPRoute pulse-messages-redirect", "spec/rules/0/filters/0/requestRedirect/scheme", "http"],
    ],
  ],
  "kubernetes-rate-limit": [
    ["none", ["BackendTrafficPolicy rate-limit"]],
    ["no rules", ["BackendTrafficPolicy rate-limit", "spec/rateLimit/local/rules", []]],
    ["of another route", ["BackendTrafficPolicy rate-limit", "spec/targetRefs/0/name", "other"]],
    ["elsewhere", ["BackendTrafficPolicy rate-limit", "metadata/namespace", "other"]],
  ],
  "kubernetes-default-deny": [
    ["none", ["NetworkPolicy default-deny"]],
    ["some pods", ["NetworkPolicy default-deny", "spec/podSelector", { matchLabels: { app: "a" } }]],
    [
      "some pods, by expression",
      [
        "NetworkPolicy default-deny",
        "spec/podSelector",
        { matchExpressions: [{ key: "a", operator: "Exists" }] },
      ],
    ],
    ["inwards only", ["NetworkPolicy default-deny", "spec/policyTypes", ["Ingress"]]],
    ["outwards only", ["NetworkPolicy default-deny", "spec/policyTypes", ["Egress"]]],
    ["all may come in", ["NetworkPolicy default-deny", "spec/ingress", [{}]]],
    ["all may go out", ["NetworkPolicy default-deny", "spec/egress", [{}]]],
    ["elsewhere", ["NetworkPolicy default-deny", "metadata/namespace", "other"]],
  ],
  "kubernetes-namespace-restricted": [
    ["no label", ["Namespace pulse-messages", "metadata/labels", gone]],
    ["less", ["Namespace pulse-messages", "metadata/labels/pod-security.kubernetes.io~1enforce", "baseline"]],
  ],
  "kubernetes-service-account": [
    ["none", at(`${pod}/serviceAccountName`, gone)],
    ["everybody's", at(`${pod}/serviceAccountName`, "default")],
    ["with a token", at(`${pod}/automountServiceAccountToken`, gone)],
  ],
  "kubernetes-rbac": [
    ["every verb", ["Role release", "rules/0/verbs", ["*"]]],
    ["every resource", ["Role release", "rules/0/resources", ["*"]]],
    ["every group", ["Role release", "rules/0/apiGroups", ["*"]]],
    ["an administrator", ["RoleBinding release", "roleRef/name", "cluster-admin"]],
  ],
  "kubernetes-secret-env": [
    ["by its name", inContainer("env/0", { name: "API_TOKEN", value: "anything" })],
    [
      "by its shape",
      inContainer("env/0", { name: "CONNECTION", value: "postgres://app:hunter22@db.internal/app" }),
    ],
  ],
  "kubernetes-labels": [
    ["none", ["Service pulse-messages-blue", "metadata/labels", gone]],
    ["empty", ["Service pulse-messages-blue", "metadata/labels/app.kubernetes.io~1managed-by", ""]],
  ],
};

const bucket = "Bucket pulse-messages-production-backups";
const named = (kind: string, part: string): string => `${kind} pulse-messages-production-backups-${part}`;
const lifecycle = named("BucketLifecycleConfiguration", "lifecycle");
const policy = named("BucketPolicy", "policy");
const publicAccess = named("BucketPublicAccessBlock", "public-access");
const deploy = "Role pulse-messages-production-deploy";
const statement = (change: object): string =>
  JSON.stringify({
    Statement: [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:of:a/*"], ...change }],
  });
const trust = (subject: object): string =>
  JSON.stringify({
    Statement: {
      Effect: "Allow",
      Principal: { Federated: "arn:of:github" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: subject,
    },
  });
const claims = (sub: string) => ({
  StringEquals: {
    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
    "token.actions.githubusercontent.com:sub": sub,
  },
});
const tls = (condition: object, change: object = {}): string =>
  JSON.stringify({
    Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Condition: condition, ...change }],
  });
const secure = { Bool: { "aws:SecureTransport": "false" }, NumericLessThan: { "s3:TlsVersion": "1.2" } };
const iam = (name: string, props: Record<string, unknown>): Edit => ({
  type: `aws:iam/${name}:${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  name: "extra",
  props,
});
const rolePolicy = "RolePolicy pulse-messages-production-deploy-policy";

const aws: Record<string, Mutation[]> = {
  "aws-s3-public-access": [
    ["no block", [publicAccess]],
    ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
      (key): Mutation => [key, [publicAccess, key, false]],
    ),
    ["no ownership", [named("BucketOwnershipControls", "ownership")]],
    ["lists work", [named("BucketOwnershipControls", "ownership"), "rule/objectOwnership", "ObjectWriter"]],
  ],
  "aws-s3-tls-only": [
    ["no policy", [policy]],
    ["plain HTTP", [policy, "policy", tls({ NumericLessThan: { "s3:TlsVersion": "1.2" } })]],
    ["old TLS", [policy, "policy", tls({ Bool: { "aws:SecureTransport": "false" } })]],
    ["TLS 1.1", [policy, "policy", tls({ ...secure, NumericLessThan: { "s3:TlsVersion": "1.1" } })]],
    ["of one account", [policy, "policy", tls(secure, { Principal: { AWS: "arn:of:one" } })]],
    ["of some actions", [policy, "policy", tls(secure, { Action: "s3:PutObject" })]],
    ["allowed", [policy, "policy", tls(secure, { Effect: "Allow" })]],
  ],
  "aws-s3-encryption": [
    ["none", [named("BucketServerSideEncryptionConfiguration", "encryption")]],
    [
      "S3's own",
      [
        named("BucketServerSideEncryptionConfiguration", "encryption"),
        "rules/0/applyServerSideEncryptionByDefault/sseAlgorithm",
        "AES256",
      ],
    ],
    [
      "AWS's key",
      [named("BucketServerSideEncryptionConfiguration", "encryption")],
      {
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        name: "plain",
        props: {
          bucket: "example-pulse-backups-production",
          rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }],
        },
      },
    ],
  ],
  "aws-s3-versioning": [
    ["none", [named("BucketVersioning", "versioning")]],
    ["suspended", [named("BucketVersioning", "versioning"), "versioningConfiguration/status", "Suspended"]],
  ],
  "aws-s3-lock": [
    ["off", [bucket, "objectLockEnabled", false]],
    ["no retention", [named("BucketObjectLockConfiguration", "lock"), "rule", gone]],
    ["too short", [named("BucketObjectLockConfiguration", "lock"), "rule/defaultRetention/days", 1]],
  ],
  "aws-s3-lifecycle": [
    ["none", [lifecycle]],
    ["disabled", [lifecycle, "rules/0/status", "Disabled"], [lifecycle, "rules/1/status", "Disabled"]],
    ["one prefix without", [lifecycle, "rules/0/filter/prefix", "other/"]],
    ["deleted too early", [lifecycle, "rules/0/expiration/days", 200]],
    ["moved too early", [lifecycle, "rules/0/transitions/0/days", 1]],
    ["never deleted", [lifecycle, "rules/0/noncurrentVersionExpiration", gone]],
    ["paid for longer", [lifecycle, "rules/0/transitions/0/days", 364]],
    ["logs for ever", [named("BucketLifecycleConfiguration", "logs-lifecycle"), "rules/0/expiration", gone]],
  ],
  "aws-s3-force-destroy": [["on", [bucket, "forceDestroy", true]]],
  "aws-s3-access-logs": [["none", [named("BucketLogging", "logging")]]],
  "aws-kms-key": [
    ["never renewed", [named("Key", "key"), "enableKeyRotation", gone]],
    ["gone in a week", [named("Key", "key"), "deletionWindowInDays", 7]],
  ],
  "aws-iam-no-admin": [
    ["everything", [rolePolicy, "policy", statement({ Action: "*" })]],
    ["everything of a service", [rolePolicy, "policy", statement({ Action: ["s3:*"] })]],
    ["all but some", [rolePolicy, "policy", statement({ Action: undefined, NotAction: "iam:*" })]],
    ["on everything", [rolePolicy, "policy", statement({ Resource: "*" })]],
    [
      "as attachment",
      iam("rolePolicyAttachment", { role: "a", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    ],
    ["as managed policy", [deploy, "managedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]]],
    ["inline", [deploy, "inlinePolicies", [{ policy: statement({ Action: "*" }) }]]],
    ["a user", iam("user", { name: "ci" })],
    ["an access key", iam("accessKey", { user: "ci" })],
  ],
  "aws-iam-oidc-subject": [
    ["every branch", [deploy, "assumeRolePolicy", trust(claims("repo:example/pulse-messages:*"))]],
    [
      "a branch",
      [deploy, "assumeRolePolicy", trust(claims("repo:example/pulse-messages:ref:refs/heads/main"))],
    ],
    [
      "every repository",
      [deploy, "assumeRolePolicy", trust(claims("repo:example/*:environment:production"))],
    ],
    ["every account", [deploy, "assumeRolePolicy", trust(claims("system:serviceaccount:pulse-messages:*"))]],
    [
      "by pattern",
      [
        deploy,
        "assumeRolePolicy",
        trust({ StringLike: claims("repo:example/a:environment:b").StringEquals }),
      ],
    ],
    [
      "any audience",
      [
        deploy,
        "assumeRolePolicy",
        trust({ StringEquals: { "token.actions.githubusercontent.com:sub": "repo:a/b:environment:c" } }),
      ],
    ],
    [
      "everybody",
      [deploy, "assumeRolePolicy", statement({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" })],
    ],
  ],
};

const main = "RepositoryRuleset pulse-messages-rules-main";
const production = "RepositoryEnvironment pulse-messages-production-environment";
const staging = "RepositoryEnvironment pulse-messages-staging-environment";
const repository = "Repository pulse-messages-repository";

const github: Record<string, Mutation[]> = {
  "github-main-protected": [
    ["none", [main]],
    ["only looks", [main, "enforcement", "evaluate"]],
    ["of another branch", [main, "conditions/refName/includes", ["refs/heads/other"]]],
    ["main left out", [main, "conditions/refName/excludes", ["refs/heads/main"]]],
    ["force", [main, "rules/nonFastForward", gone]],
    ["deletion", [main, "rules/deletion", gone]],
    ["no pull request", [main, "rules/pullRequest", gone]],
    ["no approval", [main, "rules/pullRequest/requiredApprovingReviewCount", 0]],
    ["old approvals", [main, "rules/pullRequest/dismissStaleReviewsOnPush", false]],
    ["no checks", [main, "rules/requiredStatusChecks", gone]],
    ["an empty list of checks", [main, "rules/requiredStatusChecks/requiredChecks", []]],
    ["checks of an older main", [main, "rules/requiredStatusChecks/strictRequiredStatusChecksPolicy", false]],
  ],
  "github-bypass": [
    [
      "a second one",
      [main, "bypassActors/1", { actorId: 100002, actorType: "Integration", bypassMode: "always" }],
    ],
    [
      "administrators",
      [main, "bypassActors/0", { actorId: 5, actorType: "RepositoryRole", bypassMode: "always" }],
    ],
    ["another app", [main, "bypassActors/0/actorId", 100002]],
    [
      "of another branch's rules",
      [
        "RepositoryRuleset pulse-messages-rules-develop",
        "bypassActors",
        [{ actorId: 100001, actorType: "Integration", bypassMode: "always" }],
      ],
    ],
  ],
  "github-branches": [
    ["another default", ["BranchDefault pulse-messages-default-branch", "branch", "trunk"]],
    ["no default", ["BranchDefault pulse-messages-default-branch"]],
    ["no develop", ["Branch pulse-messages-develop"]],
    ["develop deleted", ["RepositoryRuleset pulse-messages-rules-develop", "rules/deletion", false]],
    ["develop rewritten", ["RepositoryRuleset pulse-messages-rules-develop", "rules/nonFastForward", false]],
  ],
  "github-release-tags": [
    ["made by all", ["RepositoryRuleset pulse-messages-rules-release-tags"]],
    ["moved", ["RepositoryRuleset pulse-messages-rules-released-tags-stay", "rules/update", false]],
    ["deleted", ["RepositoryRuleset pulse-messages-rules-released-tags-stay", "rules/deletion", false]],
    [
      "moved by some",
      [
        "RepositoryRuleset pulse-messages-rules-released-tags-stay",
        "bypassActors",
        [{ actorId: 1, actorType: "Team", bypassMode: "always" }],
      ],
    ],
  ],
  "github-repository-settings": [
    ["no issues", [repository, "hasIssues", false]],
    ["another title", [repository, "squashMergeCommitTitle", "COMMIT_OR_PR_TITLE"]],
  ],
  "github-security-scanning": [
    ["no alerts", ["RepositoryVulnerabilityAlerts pulse-messages-vulnerability-alerts"]],
    ["alerts off", ["RepositoryVulnerabilityAlerts pulse-messages-vulnerability-alerts", "enabled", false]],
    ["no updates", ["RepositoryDependabotSecurityUpdates pulse-messages-security-updates"]],
    [
      "updates off",
      ["RepositoryDependabotSecurityUpdates pulse-messages-security-updates", "enabled", false],
    ],
    ["no file", ["RepositoryFile pulse-messages-file-.github/dependabot.yml"]],
    [
      "a month",
      [
        "RepositoryFile pulse-messages-file-.github/dependabot.yml",
        "content",
        "schedule:\n  interval: monthly\n",
      ],
    ],
  ],
  "github-production-reviewers": [
    ["none", [production, "reviewers", gone]],
    ["an empty list", [production, "reviewers", [{ teams: [], users: [] }]]],
    ["oneself", [production, "preventSelfReview", false]],
    ["administrators pass", [production, "canAdminsBypass", true]],
  ],
  "github-staging-open": [
    ["reviewers", [staging, "reviewers", [{ teams: [1] }]]],
    ["a wait", [staging, "waitTimer", 5]],
  ],
  "github-deploy-refs": [
    ["no list", [production, "deploymentBranchPolicy", gone]],
    [
      "an empty list",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-branch-main"],
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*"],
    ],
    [
      "another branch to production",
      [
        "RepositoryEnvironmentDeploymentPolicy pulse-messages-production-branch-main",
        "branchPattern",
        "develop",
      ],
    ],
    [
      "any tag to production",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*", "tagPattern", "*"],
    ],
    [
      "everything to staging",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-staging-branch-develop", "branchPattern", "**"],
    ],
  ],
  "github-environments": [
    ["no staging", [staging]],
    ["no production", [production]],
  ],
  "github-secret-variable": [
    [
      "by its name",
      [
        "ActionsEnvironmentVariable pulse-messages-production-variable-WEB_URL",
        "variableName",
        "DEPLOY_TOKEN",
      ],
    ],
    [
      "by its shape",
      [
        "ActionsEnvironmentVariable pulse-messages-production-variable-WEB_URL",
        "value",
        "AKIAIOSFODNN7EXAMPLE",
      ],
    ],
    [
      "of the whole repository",
      {
        type: "github:index/actionsSecret:ActionsSecret",
        name: "extra",
        props: { repository: "pulse-messages", secretName: "A", plaintextValue: "b" },
      },
    ],
  ],
  "github-secrets-per-environment": [
    [
      "shared",
      ["ActionsEnvironmentSecret pulse-messages-staging-secret-PAGERDUTY_KEY", "value", "same"],
      ["ActionsEnvironmentSecret pulse-messages-production-secret-PAGERDUTY_KEY", "value", "same"],
    ],
  ],
  "github-workflow-token": [
    [
      "writes",
      ["WorkflowRepositoryPermissions pulse-messages-workflow-token", "defaultWorkflowPermissions", "write"],
    ],
    ["not said", ["WorkflowRepositoryPermissions pulse-messages-workflow-token"]],
    [
      "approves",
      ["WorkflowRepositoryPermissions pulse-messages-workflow-token", "canApprovePullRequestReviews", true],
    ],
    ["tags of actions", ["ActionsRepositoryPermissions pulse-messages-actions", "shaPinningRequired", false]],
  ],
};

const web = "Project pulse-messages-project";
const variable = "ProjectEnvironmentVariable pulse-messages-variable-VITE_SENTRY_DSN-production";
const headers = "ProjectRoute pulse-messages-security-headers";

const vercel: Record<string, Mutation[]> = {
  "vercel-preview-protection": [
    ["none", [web, "vercelAuthentication", gone]],
    ["off", [web, "vercelAuthentication/deploymentType", "none"]],
    ["forks", [web, "gitForkProtection", false]],
  ],
  "vercel-source-maps": [["open", [web, "protectedSourcemaps", false]]],
  "vercel-sensitive-variables": [
    ["readable", [variable, "sensitive", false]],
    [
      "by its name",
      ["ProjectEnvironmentVariable pulse-messages-variable-VITE_API_URL-production", "key", "API_TOKEN"],
    ],
    [
      "by its shape",
      [
        "ProjectEnvironmentVariable pulse-messages-variable-VITE_API_URL-production",
        "value",
        `ghp_${"a1B2".repeat(9)}`,
      ],
    ],
    ["of two environments", [variable, "targets", ["preview", "production"]]],
  ],
  "vercel-security-headers": [
    ["none", [headers]],
    ["off", [headers, "enabled", false]],
    ["of some pages", [headers, "route/src", "/about"]],
    ...[0, 1, 2, 3, 4, 5].map((n): Mutation => [
      `header ${n}`,
      [headers, `route/transforms/${n}/args`, '"other"'],
    ]),
    ["only suggested", [headers, "route/transforms/0/op", "append"]],
  ],
  "vercel-firewall": [
    ["none", ["FirewallConfig pulse-messages-firewall"]],
    ["off", ["FirewallConfig pulse-messages-firewall", "enabled", false]],
    ["no rule", ["FirewallConfig pulse-messages-firewall", "rules", gone]],
    ["an idle rule", ["FirewallConfig pulse-messages-firewall", "rules/rules/0/active", false]],
    ["only logs", ["FirewallConfig pulse-messages-firewall", "rules/rules/0/action/action", "log"]],
  ],
  "vercel-staging-domain": [
    ["shows production", ["ProjectDomain pulse-messages-domain-staging.example.com", "gitBranch", gone]],
    ["main as preview", ["ProjectDomain pulse-messages-domain-staging.example.com", "gitBranch", "main"]],
  ],
  "vercel-rolling-release": [
    [
      "at once",
      ["ProjectRollingRelease pulse-messages-rolling-release", "stages", [{ targetPercentage: 100 }]],
    ],
    ["never all", ["ProjectRollingRelease pulse-messages-rolling-release", "stages/1/targetPercentage", 50]],
  ],
};

const critical = "Alert pulse-messages-errors-production-page-critical";
const high = "Alert pulse-messages-errors-production-page-high";
const backup = "CronMonitor pulse-messages-errors-production-backup";
const levels = "EscalationPolicy pulse-messages-on-call-escalation";
const integration = (part: string): Edit => [`ServiceIntegration pulse-messages-on-call-production-${part}`];

const others: Record<string, Mutation[]> = {
  "sentry-production-alerts": [
    ["no alert", ["Alert pulse-messages-errors-production-notify"]],
    ["nobody paged", [critical]],
    ["nobody paged for slowness", [high]],
    ["off", [critical, "enabled", false]],
    ["without an action", [critical, "actionFilters", []]],
    [
      "a monitor of its own",
      { type: "sentry:index/metricMonitor:MetricMonitor", name: "new", props: { environment: "production" } },
    ],
  ],
  "sentry-backup-monitor": [
    ["none", [backup]],
    ["once a week", [backup, "schedule/crontab", "0 2 * * 0"]],
    ["local time", [backup, "timezone", "Europe/Berlin"]],
    ["later", [backup, "failureIssueThreshold", 2]],
  ],
  "pagerduty-escalation": [
    ["no integration", integration("alertmanager"), integration("releases"), integration("sentry")],
    ["one level", [levels, "rules", [{ escalationDelayInMinutes: 15 }]]],
    ["too late", [levels, "rules/0/escalationDelayInMinutes", 60]],
  ],
  "stack-protected": [
    ["a bucket", [bucket, "protect", false]],
    ["a namespace", ["Namespace pulse-messages", "protect", false]],
    ["a repository", [repository, "protect", false]],
  ],
  "stack-tags": [
    ["none", ["aws aws", "defaultTags", gone]],
    ["one missing", ["aws aws", "defaultTags", '{"tags":{"app":"a"}}']],
  ],
};

/** Every way to break each rule, by the rule's name. */
export const mutations: Readonly<Record<string, readonly Mutation[]>> = {
  ...kubernetes,
  ...aws,
  ...github,
  ...vercel,
  ...others,
};

/** Settings that a rule needs to see its mutations. */
export const settings: Readonly<Record<string, object>> = { "github-bypass": { appId: 100001 } };
