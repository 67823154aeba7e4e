import { hostname } from "node:os";
import { jsonLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { parseMisbehaviour, wellBehaved } from "./misbehave.ts";
import type { AppState } from "./routes.ts";
import { createApp } from "./server.ts";

/** No request for this long after SIGTERM means that the load balancer has let go of this pod. */
const QUIET_MS = 1_000;
/** Kubernetes' grace period after the preStop sleep is longer than this. */
const DRAIN_DEADLINE_MS = 25_000;

const version = process.env.APP_VERSION ?? "0.0.0";
const color = process.env.COLOR ?? "none";
const pod = process.env.HOSTNAME ?? hostname();
const port = Number(process.env.PORT ?? 8080);
const log = jsonLog({ version, color, pod });

function misbehave(): void {
  const { exit, crash } = state.misbehaviour;
  if (exit !== undefined) process.exit(exit);
  if (crash) setImmediate(() => void crashNow());
}

function crashNow(): never {
  log("error", "crashing", { reason: "told to misbehave" });
  throw new Error("told to crash");
}

function misbehaviourFromEnvironment(): AppState["misbehaviour"] {
  try {
    return { ...wellBehaved, ...parseMisbehaviour(process.env.MISBEHAVE ?? "{}") };
  } catch (error) {
    log("error", `MISBEHAVE: ${(error as Error).message}`);
    process.exit(2);
  }
}

const state: AppState = {
  version,
  color,
  pod,
  misbehaviour: misbehaviourFromEnvironment(),
  draining: false,
  log,
  metrics: createMetrics({ version, color }),
  misbehave,
};
const app = createApp(state);

function stop(signal: NodeJS.Signals): void {
  if (state.draining) return;
  log("info", "draining", { signal });
  void app.drain({ quietMs: QUIET_MS, deadlineMs: DRAIN_DEADLINE_MS }).then((whole) => {
    log(whole ? "info" : "warn", whole ? "drained" : "left requests unfinished");
    process.exit(0);
  });
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

app.server.on("error", (error) => {
  log("error", `cannot listen on port ${port}`, { reason: error.message });
  process.exit(1);
});
app.server.listen(port, () => {
  log("info", "listening", { port, misbehaviour: state.misbehaviour });
  misbehave();
});
