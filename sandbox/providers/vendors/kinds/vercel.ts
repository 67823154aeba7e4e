import {
  getList,
  getNumber,
  getString,
  inside,
  isUnknown,
  type Json,
  type JsonObject,
} from "../../shared/values.ts";
import type { KindRules, Making, Need, Rules } from "./types.ts";

const project: Need = { property: "projectId", kind: "Project", by: ["id"] };
const edgeConfig: Need = { property: "edgeConfigId", kind: "EdgeConfig", by: ["id"] };

const isSet = (value: Json | undefined): boolean => (inside(value) ?? null) !== null;
/** What belongs to a project is imported with the project's id in front. */
const inProject = (object: JsonObject, id: string): string => `${getString(object, "projectId") ?? ""}/${id}`;
const team = (_: JsonObject, { account }: Making): JsonObject => ({ teamId: account.owner });

/** Settings of a project of which there is one: writing them takes over what was there. */
const setting = (more: KindRules = {}): KindRules => ({
  needs: [project],
  id: (object) => getString(object, "projectId") ?? "",
  unique: ["projectId"],
  adopts: () => true,
  computed: team,
  ...more,
});

function checkVariable(inputs: JsonObject): string[] {
  const problems: string[] = [];
  if (isSet(inputs.value) === isSet(inputs.valueWo))
    problems.push("exactly one of value and valueWo is required");
  const targets = getList(inputs, "targets");
  const custom = inside(inputs.customEnvironmentIds);
  if (targets.length === 0 && !isSet(custom) && !isUnknown(inside(inputs.targets)))
    problems.push("at least one of targets and customEnvironmentIds is required");
  if (inputs.sensitive === true && targets.length === 1 && targets[0] === "development")
    problems.push(
      "sensitive must be false for a variable of development alone: Vercel cannot keep it from being read",
    );
  return problems;
}

function checkRollingRelease(inputs: JsonObject): string[] {
  const stages = getList(inputs, "stages");
  const problems: string[] = [];
  if (stages.length < 1 || stages.length > 10)
    problems.push(`stages has ${stages.length} entries: 1 to 10 are allowed`);
  const automatic = getString(inputs, "advancementType") === "automatic";
  stages.forEach((stage, i) => {
    const last = i === stages.length - 1;
    const percent = getNumber(stage, "targetPercentage");
    const at = `stages[${i}]`;
    if (percent !== undefined && (percent === 100) !== last)
      problems.push(`${at}.targetPercentage is ${percent}: the last stage is 100 and no other`);
    const timed = getNumber(stage, "duration") !== undefined;
    if (timed && (last || !automatic))
      problems.push(
        `${at}.duration does not go here: only stages before the last of automatic releases wait`,
      );
    if (!timed && !last && automatic)
      problems.push(`${at}.duration is missing: minutes until the next stage`);
  });
  return problems;
}

/** A variable of the same key and target exists already. */
function refuseVariable(object: JsonObject, { cloud }: Making): string | undefined {
  const targets = new Set(getList(object, "targets"));
  const clash = Object.values(cloud.ProjectEnvironmentVariable ?? {}).find(
    (other) =>
      other !== object &&
      other.projectId === object.projectId &&
      other.key === object.key &&
      (other.gitBranch ?? null) === (object.gitBranch ?? null) &&
      getList(other, "targets").some((target) => targets.has(target)),
  );
  return (
    clash && `the project has a variable ${getString(object, "key") ?? ""} for one of these targets already`
  );
}

export const vercel: Rules = {
  Project: {
    id: (_, { make }) => `prj_${make.letters(28)}`,
    unique: ["name"],
    check: (inputs) => {
      const name = getString(inputs, "name");
      return name === undefined || isUnknown(name) || /^[a-z0-9._-]{1,100}$/.test(name)
        ? []
        : [
            `name is "${name}": lower-case letters, digits, ".", "-" and "_" are allowed, at most 100 of them`,
          ];
    },
    computed: (object, making) => ({ ...team(object, making), nodeVersion: "24.x" }),
  },
  ProjectDomain: {
    needs: [project],
    id: (object) => getString(object, "domain") ?? "",
    importId: inProject,
    unique: ["domain"],
    computed: (object, making) => ({ ...team(object, making), verified: true, verifications: [] }),
  },
  ProjectEnvironmentVariable: {
    needs: [project],
    id: (_, { make }) => make.letters(16),
    importId: inProject,
    hidden: (object) => (object.sensitive === true ? ["value"] : []),
    check: checkVariable,
    refuse: refuseVariable,
    computed: team,
  },
  ProjectEnvironmentVariables: setting(),
  ProjectRollingRelease: setting({ check: checkRollingRelease }),
  ProjectCrons: setting(),
  ProjectDeploymentRetention: setting(),
  ProjectRoute: {
    needs: [project],
    id: (_, { make }) => `rt_${make.letters(24)}`,
    importId: inProject,
    computed: team,
  },
  ProjectProtectionBypass: {
    needs: [project],
    id: (_, { make }) => make.letters(32),
    computed: (object, making) => ({ ...team(object, making), secret: making.make.letters(32) }),
  },
  FirewallConfig: setting(),
  AttackChallengeMode: setting(),
  CustomEnvironment: {
    needs: [project],
    id: (_, { make }) => `env_${make.letters(24)}`,
    unique: ["projectId", "name"],
    computed: team,
  },
  Webhook: {
    id: (_, { make }) => `hook_${make.letters(24)}`,
    computed: (object, making) => ({ ...team(object, making), secret: making.make.hex(40) }),
  },
  LogDrain: { id: (_, { make }) => `ld_${make.letters(24)}`, computed: team },
  EdgeConfig: { id: (_, { make }) => `ecfg_${make.letters(24)}`, unique: ["name"], computed: team },
  EdgeConfigItem: {
    needs: [edgeConfig],
    id: (object) => `${getString(object, "edgeConfigId") ?? ""}/${getString(object, "key") ?? ""}`,
    unique: ["edgeConfigId", "key"],
    adopts: () => true,
    computed: team,
  },
  EdgeConfigToken: {
    needs: [edgeConfig],
    id: (_, { make }) => make.uuid(),
    computed: (object, making) => {
      const token = making.make.uuid();
      const config = getString(object, "edgeConfigId") ?? "";
      const connectionString = `https://edge-config.vercel.com/${config}?token=${token}`;
      return { ...team(object, making), token, connectionString };
    },
  },
};
