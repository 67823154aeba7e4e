import { JournalConflict } from "../../infra/cluster/journal.ts";
import { newestConfig } from "../../infra/domain/journal.ts";
import { imageVersion } from "../../infra/domain/image.ts";
import { other, type Color, type TrafficConfig } from "../../infra/domain/traffic.ts";
import { NotReady } from "../adapters/cluster.ts";
import {
  config as wantedConfig,
  endedWeights,
  isOver,
  isUnderWay,
  stableWeights,
} from "../domain/machine.ts";
import { colorOf, imageLabel, plannedRelease, rollbackPlan, wanted, withoutSoaks } from "../domain/plan.ts";
import type { ReleaseRecord } from "../domain/record.ts";
import {
  findEnvironment,
  me,
  openEnvironment,
  systemClock,
  type ClusterSide,
  type CommonOptions,
  type Environment,
} from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import { conclude, currentRecord, driveTo, interruptible, tell } from "../session.ts";

export interface RollbackOptions extends CommonOptions {
  emergency?: boolean;
  namespace?: string;
  app?: string;
  reason?: string;
}

/** Brings the version before back: traffic first, in less than a second; config and stack after that. */
export async function rollback(version: string | undefined, options: RollbackOptions): Promise<ExitCode> {
  if (options.emergency) return emergency(version, options);
  const environment = await openEnvironment(options);
  const asked = version === undefined ? undefined : wanted(version);
  if (asked && (await isAnotherVersion(environment, asked))) {
    const { startAgain } = await import("./start.ts");
    return startAgain(version ?? "", environment, options);
  }
  const reason = options.reason ?? `rollback by ${me()}`;
  const record = await bringBack(environment, reason);
  return spread(environment, record, options);
}

/** Ends a release before it is promoted. */
export async function abort(options: RollbackOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const record = await currentRecord(environment);
  if (!isUnderWay(record)) {
    throw new ReleaseError(
      `There is nothing to abort: release ${record.id} is ${record.phase}.` +
        (record.phase === "promoted" ? " The way back from there is release rollback." : ""),
    );
  }
  const aborted = await bringBack(environment, options.reason ?? `aborted by ${me()}`);
  return spread(environment, aborted, options);
}

/** The traffic is where it should be: now everybody else may know, and the stack. */
async function spread(
  environment: Environment,
  record: ReleaseRecord,
  options: CommonOptions,
): Promise<ExitCode> {
  const { senses } = await import("../senses.ts");
  const { announce, told } = senses(environment, tell);
  const weights = endedWeights(record);
  announce("rollingBack", record, weights && { weights });
  return reconcile(environment, record, options).finally(told);
}

/** Moves the traffic. Needs the cluster alone, and no lease: a driver at work sees it in the journal and gives way. */
async function bringBack(side: ClusterSide & Partial<Environment>, reason: string): Promise<ReleaseRecord> {
  const { journal, traffic } = side;
  for (;;) {
    const [current, live, entries] = await readAll(side);
    const now = systemClock.now();
    const config =
      newestConfig(entries)?.config ?? (current && isOver(current) ? undefined : current?.before);
    const plan = rollbackPlan({
      current,
      live,
      config,
      now,
      reason,
      manual: (stable, before) => manualSwitch(side, stable, before, now),
    });
    if ("mistake" in plan) throw new ReleaseError(plan.mistake);
    const { record } = plan;
    const weights = stableWeights(record);
    const entry = { at: now, release: record.id, action: "rollback", by: me(), weights };
    try {
      await journal.write(record, { ...entry, kind: "intent" });
      if (live?.[record.candidate] === 0) return record;
      await traffic.move(weights);
      const moved = { ...record, moved: systemClock.now() };
      tell(`all traffic is on ${record.stable}, ${moved.moved - now} ms after the decision`);
      const after = wantedConfig.rolledBack(moved);
      await journal.write(moved, { ...entry, at: moved.moved, kind: "done", config: after });
      return moved;
    } catch (error) {
      if (error instanceof NotReady) {
        // A stack can bring a retired colour back to full size; what can only move traffic must say why it does not.
        if (side.config) return record;
        throw new ReleaseError(
          `${record.stable} may not take the traffic: ${error.message}. The traffic stays as it is.`,
        );
      }
      if (!(error instanceof JournalConflict)) throw error;
    }
  }
}

async function readAll({ journal, traffic }: ClusterSide) {
  const [content, live] = await Promise.all([journal.content(), traffic.weights()]);
  return [content.current, live, content.entries] as const;
}

/** A switch that somebody made with Pulumi alone, as the release that it was. */
function manualSwitch(
  side: ClusterSide & Partial<Environment>,
  stable: Color,
  before: TrafficConfig,
  now: number,
): ReleaseRecord {
  const { config, choice, location } = side;
  const image = before.images[other(stable)] ?? "";
  const minReady = config?.rollout.minReady ?? 2;
  const record = plannedRelease({
    now,
    environment: config?.environment ?? location.namespace,
    stack: choice?.stack ?? "",
    version: imageVersion(image) ?? imageLabel(image),
    image,
    strategy: "switch by hand",
    steps: withoutSoaks,
    gated: false,
    before: { ...before, activeColor: stable, canaryWeight: 0 },
    route: { ...location, minReady, readyTimeoutSeconds: config?.rollout.readyTimeoutSeconds ?? 300 },
    watchSeconds: 0,
    keepWarmSeconds: 0,
    by: me(),
  });
  return { ...record, phase: "promoted" };
}

/** Brings config and stack in line: here, or by the driver that is at work, which does so as soon as it reads it. */
async function reconcile(
  environment: Environment,
  record: ReleaseRecord,
  options: CommonOptions,
): Promise<ExitCode> {
  const asked = (code: ExitCode) => (code === exitCodes.rolledBack ? exitCodes.done : code);
  const { signal, dispose } = interruptible();
  try {
    let told = false;
    for (;;) {
      const now = (await environment.spare.current()) ?? record;
      if (now.id !== record.id || isOver(now)) return asked(conclude({ record: now }, options));
      const holder = await environment.lease.holder();
      if (holder === undefined) break;
      if (!told) tell(`${holder} is at work and brings the stack in line`);
      told = true;
      await systemClock.sleep(500, signal);
      if (now.moved !== undefined) await keepBack(environment, now);
    }
  } finally {
    dispose();
  }
  return asked(await driveTo(environment, { once: false, until: isOver }, options));
}

/** An update that was under way may have moved the traffic once more before it gave way. */
async function keepBack({ traffic }: Environment, record: ReleaseRecord): Promise<void> {
  const live = await traffic.weights();
  if (live && live[record.candidate] > 0) await traffic.move(stableWeights(record));
}

/** A version that neither the release nor the colours know has to be started like any other. */
async function isAnotherVersion(
  environment: Environment,
  asked: ReturnType<typeof wanted>,
): Promise<boolean> {
  const { trafficOf } = await import("../stackFile.ts");
  const { activeColor, canaryWeight, images } = trafficOf(environment.config);
  const found =
    "version" in asked
      ? colorOf(images, asked.version)
      : (["blue", "green"] as const).find((color) => images[color] === asked.image);
  const record = await environment.journal.current();
  const canary = canaryWeight > 0 || (record !== undefined && isUnderWay(record));
  // Under way, the active colour is where a rollback goes to; afterwards it is where it comes from.
  if (found === activeColor && !canary) {
    const what = "version" in asked ? asked.version : asked.image;
    throw new ReleaseError(
      `${what} is what ${activeColor} runs, with all the traffic: there is nothing to roll back.`,
    );
  }
  return found === undefined || (found !== activeColor && canary);
}

/** By KUBECONFIG and the journal alone: for when Pulumi's backend is away or locked. */
async function emergency(version: string | undefined, options: RollbackOptions): Promise<ExitCode> {
  if (version !== undefined)
    throw new ReleaseError(
      "--emergency goes back to the version before and takes no other; leave the version out.",
      exitCodes.usage,
    );
  const side = await findEnvironment(options);
  const record = await bringBack(side, options.reason ?? `emergency rollback by ${me()}`);
  conclude({ record }, { ...options });
  const stack = record.stack === "" ? "" : ` --stack ${record.stack}`;
  if (record.phase !== "rolledBack")
    tell(`The stack does not know yet. Once its backend answers: release resume${stack}`);
  return exitCodes.done;
}
