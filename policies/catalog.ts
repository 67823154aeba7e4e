import type { Rule } from "./rule.ts";
import { iamNoAdmin } from "./aws/iam-no-admin.ts";
import { iamOidcSubject } from "./aws/iam-oidc-subject.ts";
import { kmsKey } from "./aws/kms-key.ts";
import { s3AccessLogs } from "./aws/s3-access-logs.ts";
import { s3Encryption } from "./aws/s3-encryption.ts";
import { s3ForceDestroy } from "./aws/s3-force-destroy.ts";
import { s3Lifecycle } from "./aws/s3-lifecycle.ts";
import { s3Lock } from "./aws/s3-lock.ts";
import { s3PublicAccess } from "./aws/s3-public-access.ts";
import { s3TlsOnly } from "./aws/s3-tls-only.ts";
import { s3Versioning } from "./aws/s3-versioning.ts";
import { branches } from "./github/branches.ts";
import { bypass } from "./github/bypass.ts";
import { deployRefs } from "./github/deploy-refs.ts";
import { environments } from "./github/environments.ts";
import { mainProtected } from "./github/main-protected.ts";
import { productionReviewers } from "./github/production-reviewers.ts";
import { releaseTagsRule } from "./github/release-tags.ts";
import { repositorySettings } from "./github/repository-settings.ts";
import { secretVariable } from "./github/secret-variable.ts";
import { secretsPerEnvironment } from "./github/secrets-per-environment.ts";
import { securityScanning } from "./github/security-scanning.ts";
import { stagingOpen } from "./github/staging-open.ts";
import { workflowToken } from "./github/workflow-token.ts";
import { autoscaler } from "./kubernetes/autoscaler.ts";
import { defaultDeny } from "./kubernetes/default-deny.ts";
import { disruptionBudget } from "./kubernetes/disruption-budget.ts";
import { drain } from "./kubernetes/drain.ts";
import { gatewayOnly } from "./kubernetes/gateway-only.ts";
import { gatewayTls } from "./kubernetes/gateway-tls.ts";
import { immutableImage } from "./kubernetes/immutable-image.ts";
import { labels } from "./kubernetes/labels.ts";
import { metrics } from "./kubernetes/metrics.ts";
import { namespaceRestricted } from "./kubernetes/namespace-restricted.ts";
import { podSpread } from "./kubernetes/pod-spread.ts";
import { probesRule } from "./kubernetes/probes.ts";
import { rateLimit } from "./kubernetes/rate-limit.ts";
import { rbac } from "./kubernetes/rbac.ts";
import { readOnlyRoot } from "./kubernetes/read-only-root.ts";
import { replicas } from "./kubernetes/replicas.ts";
import { resourcesRule } from "./kubernetes/resources.ts";
import { restrictedPods } from "./kubernetes/restricted-pods.ts";
import { rollout } from "./kubernetes/rollout.ts";
import { routeWeights } from "./kubernetes/route-weights.ts";
import { secretEnv } from "./kubernetes/secret-env.ts";
import { serviceAccount } from "./kubernetes/service-account.ts";
import { serviceSelectors } from "./kubernetes/service-selectors.ts";
import { escalation } from "./pagerduty/escalation.ts";
import { backupMonitor } from "./sentry/backup-monitor.ts";
import { productionAlerts } from "./sentry/production-alerts.ts";
import { protectedRule } from "./stack/protected.ts";
import { tags } from "./stack/tags.ts";
import { firewall } from "./vercel/firewall.ts";
import { previewProtection } from "./vercel/preview-protection.ts";
import { rollingRelease } from "./vercel/rolling-release.ts";
import { securityHeadersRule } from "./vercel/security-headers.ts";
import { sensitiveVariables } from "./vercel/sensitive-variables.ts";
import { sourceMaps } from "./vercel/source-maps.ts";
import { stagingDomain } from "./vercel/staging-domain.ts";

/** Every rule of the pack, by provider. */
export const rules: readonly Rule[] = [
  iamNoAdmin,
  iamOidcSubject,
  kmsKey,
  s3AccessLogs,
  s3Encryption,
  s3ForceDestroy,
  s3Lifecycle,
  s3Lock,
  s3PublicAccess,
  s3TlsOnly,
  s3Versioning,
  branches,
  bypass,
  deployRefs,
  environments,
  mainProtected,
  productionReviewers,
  releaseTagsRule,
  repositorySettings,
  secretVariable,
  secretsPerEnvironment,
  securityScanning,
  stagingOpen,
  workflowToken,
  autoscaler,
  defaultDeny,
  disruptionBudget,
  drain,
  gatewayOnly,
  gatewayTls,
  immutableImage,
  labels,
  metrics,
  namespaceRestricted,
  podSpread,
  probesRule,
  rateLimit,
  rbac,
  readOnlyRoot,
  replicas,
  resourcesRule,
  restrictedPods,
  rollout,
  routeWeights,
  secretEnv,
  serviceAccount,
  serviceSelectors,
  escalation,
  backupMonitor,
  productionAlerts,
  protectedRule,
  tags,
  firewall,
  previewProtection,
  rollingRelease,
  securityHeadersRule,
  sensitiveVariables,
  sourceMaps,
  stagingDomain,
];
