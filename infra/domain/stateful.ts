/**
 * Resources that hold data, or an identity that others know and that cannot be made again the same: by type, with what
 * is lost when one is deleted or replaced.
 */
export const statefulTypes: Readonly<Record<string, string>> = {
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "the trust that deployments and jobs rest on",
  "aws:kms/key:Key": "the key that every backup is encrypted with",
  "aws:s3/bucket:Bucket": "the backups in it",
  "github:index/repository:Repository": "code, issues and reviews",
  "kubernetes:apps/v1:StatefulSet": "the volumes of its pods",
  "kubernetes:core/v1:Namespace": "everything in it",
  "kubernetes:core/v1:PersistentVolume": "the data on it",
  "kubernetes:core/v1:PersistentVolumeClaim": "the data on its volume",
  "pagerduty:index/service:Service": "open incidents and their history",
  "pagerduty:index/serviceIntegration:ServiceIntegration": "the key that senders of alerts know",
  "sentry:index/key:Key": "the DSN that every built page reports to",
  "sentry:index/project:Project": "its errors and their history",
  "slack:index/conversation:Conversation": "the messages in it",
  "vercel:index/project:Project": "its deployments and host names",
};

/** Those that a program may leave open to deletion: making them anew costs nothing that somebody would miss. */
const remade = new Set(["aws:iam/openIdConnectProvider:OpenIdConnectProvider"]);

/** Types that have to be protected. */
export const protectedTypes: readonly string[] = Object.keys(statefulTypes).filter(
  (type) => !remade.has(type),
);
