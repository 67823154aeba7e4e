import {
  getList,
  getNumber,
  getObject,
  getString,
  inside,
  type Json,
  type JsonObject,
} from "../../shared/values.ts";
import { slug } from "../maker.ts";
import { blockedPush, checkRuleset, refuseFile } from "./github-rulesets.ts";
import type { KindRules, Making, Need, Rules } from "./types.ts";

const repository: Need = { property: "repository", kind: "Repository", by: ["name"] };
const joined = (...keys: string[]) => {
  return (object: JsonObject): string => keys.map((key) => getString(object, key) ?? "").join(":");
};

const isSet = (value: Json | undefined): boolean => (inside(value) ?? null) !== null;

const isUnset = (value: Json | undefined): boolean => !isSet(value);

/** A part of a repository of which there is one. */
const single = (more: KindRules = {}): KindRules => ({
  needs: [repository],
  id: joined("repository"),
  unique: ["repository"],
  adopts: () => true,
  ...more,
});

const repositoryId = (object: JsonObject, { cloud }: Making): JsonObject => ({
  repositoryId: cloud.Repository?.[getString(object, "repository") ?? ""]?.repoId ?? 0,
});

const stamped = (object: JsonObject, making: Making): JsonObject => {
  const now = new Date().toISOString();
  return { ...repositoryId(object, making), createdAt: now, updatedAt: now, remoteUpdatedAt: now };
};

const oneValue = (inputs: JsonObject): string[] => {
  const given = ["value", "valueEncrypted", "plaintextValue", "encryptedValue"].filter((key) =>
    isSet(inputs[key]),
  );
  return given.length === 1 ? [] : ["exactly one of value and valueEncrypted is required"];
};

const secretKind = (...keys: string[]): KindRules => ({
  needs: [repository],
  hidden: () => ["value", "valueEncrypted", "plaintextValue", "encryptedValue", "keyId"],
  id: joined("repository", ...keys),
  unique: ["repository", ...keys],
  adopts: () => true,
  check: oneValue,
  computed: stamped,
});
const variableKind = (...keys: string[]): KindRules => ({
  needs: [repository],
  id: joined("repository", ...keys),
  unique: ["repository", ...keys],
  computed: stamped,
});
const inEnvironment = (rules: KindRules): KindRules => ({
  ...rules,
  refuse: (object, { cloud }) => {
    const [repo, environment] = [getString(object, "repository"), getString(object, "environment")];
    const known = Object.values(cloud.RepositoryEnvironment ?? {});
    if (known.some((other) => other.repository === repo && other.environment === environment))
      return undefined;
    return `there is no environment "${environment ?? ""}" in the repository ${repo ?? ""}`;
  },
});

function checkEnvironment(inputs: JsonObject): string[] {
  const problems: string[] = [];
  const wait = inside(inputs.waitTimer);
  if (typeof wait === "number" && (wait < 0 || wait > 43_200))
    problems.push(`waitTimer is ${wait}: 0 to 43200 minutes are allowed`);
  const reviewers = getList(inputs, "reviewers");
  if (reviewers.length > 1) problems.push("reviewers should hold one entry with teams and users");
  const count = reviewers.reduce<number>(
    (sum, entry) => sum + getList(entry, "teams").length + getList(entry, "users").length,
    0,
  );
  if (count > 6) problems.push(`reviewers names ${count} teams and users: six at most are allowed`);
  const policy = getObject(inputs, "deploymentBranchPolicy");
  if (
    typeof policy.protectedBranches === "boolean" &&
    policy.protectedBranches === policy.customBranchPolicies
  )
    problems.push("deploymentBranchPolicy: protectedBranches and customBranchPolicies must be opposite");
  return problems;
}

const exactlyOnePattern = (inputs: JsonObject): string[] =>
  isSet(inputs.branchPattern) === isSet(inputs.tagPattern)
    ? ["exactly one of branchPattern and tagPattern is required"]
    : [];

function refusePolicy(object: JsonObject, { cloud }: Making): string | undefined {
  const id = joined("repository", "environment")(object);
  const environment = cloud.RepositoryEnvironment?.[id];
  if (!environment) return `there is no environment ${id}`;
  return getObject(environment, "deploymentBranchPolicy").customBranchPolicies === true
    ? undefined
    : `the environment ${id} does not have custom branch policies`;
}

const urls = ({ name }: JsonObject, { account }: Making): JsonObject => {
  const fullName = `${account.owner}/${typeof name === "string" ? name : ""}`;
  return {
    fullName,
    gitCloneUrl: `git://github.com/${fullName}.git`,
    htmlUrl: `https://github.com/${fullName}`,
    httpCloneUrl: `https://github.com/${fullName}.git`,
    sshCloneUrl: `git@github.com:${fullName}.git`,
    svnUrl: `https://github.com/${fullName}`,
  };
};

const numbered = (object: JsonObject, { make }: Making): string =>
  String(getNumber(object, "rulesetId") ?? make.number());

/** GitHub's kinds. A repository's parts go with it. */
export const github: Rules = {
  Repository: {
    id: joined("name"),
    unique: ["name"],
    hidden: () => ["autoInit", "archiveOnDestroy"],
    computed: (object, making) => ({
      ...urls(object, making),
      repoId: making.make.number(),
      primaryLanguage: "",
      visibility: object.private === true ? "private" : "public",
    }),
    leaves: (object) => (object.archiveOnDestroy === true ? { ...object, archived: true } : undefined),
  },
  BranchDefault: single({ computed: repositoryId }),
  Branch: {
    needs: [repository],
    id: joined("repository", "branch"),
    unique: ["repository", "branch"],
    computed: (object, { make }) => ({
      ref: `refs/heads/${getString(object, "branch") ?? ""}`,
      sha: make.hex(40),
    }),
  },
  RepositoryFile: {
    needs: [repository],
    id: joined("repository", "file", "branch"),
    unique: ["repository", "file", "branch"],
    hidden: () => ["overwriteOnCreate"],
    adopts: (object) => object.overwriteOnCreate === true,
    refuse: refuseFile,
    refuseDelete: blockedPush,
    check: (inputs) =>
      isUnset(inputs.commitAuthor) === isUnset(inputs.commitEmail)
        ? []
        : ["commitAuthor and commitEmail are given together or not at all"],
    computed: (object, making) => ({
      ...repositoryId(object, making),
      branch: "main",
      ref: `refs/heads/${getString(object, "branch") ?? "main"}`,
      commitMessage: `Add ${getString(object, "file") ?? ""}`,
      commitSha: making.make.hex(40),
      sha: making.make.hex(40),
    }),
  },
  RepositoryRuleset: {
    needs: [repository],
    id: numbered,
    importId: (object, id) => `${joined("repository")(object)}:${id}`,
    unique: ["repository", "name"],
    check: checkRuleset,
  },
  OrganizationRuleset: { id: numbered, unique: ["name"], check: checkRuleset },
  RepositoryEnvironment: {
    needs: [repository],
    id: joined("repository", "environment"),
    unique: ["repository", "environment"],
    adopts: () => true,
    check: checkEnvironment,
    computed: repositoryId,
  },
  RepositoryEnvironmentDeploymentPolicy: {
    needs: [repository],
    id: (object, { make }) => `${joined("repository", "environment")(object)}:${make.number()}`,
    unique: ["repository", "environment", "branchPattern", "tagPattern"],
    check: exactlyOnePattern,
    refuse: refusePolicy,
    computed: repositoryId,
  },
  ActionsSecret: secretKind("secretName"),
  ActionsEnvironmentSecret: inEnvironment(secretKind("environment", "secretName")),
  DependabotSecret: secretKind("secretName"),
  ActionsVariable: variableKind("variableName"),
  ActionsEnvironmentVariable: inEnvironment(variableKind("environment", "variableName")),
  ActionsRepositoryOidcSubjectClaimCustomizationTemplate: single({
    check: (inputs) =>
      inputs.useDefault === true && getList(inputs, "includeClaimKeys").length > 0
        ? ["includeClaimKeys cannot be given when useDefault is true"]
        : [],
  }),
  ActionsRepositoryPermissions: single(),
  WorkflowRepositoryPermissions: single(),
  RepositoryVulnerabilityAlerts: single({ computed: repositoryId }),
  RepositoryDependabotSecurityUpdates: single({
    refuse: (object, { cloud }) =>
      cloud.RepositoryVulnerabilityAlerts?.[getString(object, "repository") ?? ""]
        ? undefined
        : "security updates need vulnerability alerts first",
  }),
  RepositoryWebhook: {
    needs: [repository],
    id: (_, { make }) => String(make.number()),
    computed: (object, { make }) => ({
      url: `https://api.github.com/repos/${getString(object, "repository") ?? ""}/hooks/${make.number()}`,
    }),
  },
  RepositoryAutolinkReference: { needs: [repository], unique: ["repository", "keyPrefix"] },
  IssueLabel: { needs: [repository], id: joined("repository", "name"), unique: ["repository", "name"] },
  IssueLabels: single(),
  Team: {
    id: (_, { make }) => String(make.number()),
    unique: ["name"],
    computed: (object) => ({
      slug: slug(getString(object, "name") ?? ""),
      privacy: "secret",
      membersCount: 0,
    }),
  },
  TeamMembers: { id: (object) => getString(object, "teamId") ?? getString(object, "teamSlug") ?? "" },
  TeamRepository: {
    needs: [repository],
    id: joined("teamId", "repository"),
    unique: ["teamId", "repository"],
  },
};
