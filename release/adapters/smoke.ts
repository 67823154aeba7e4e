import { setTimeout as delay } from "node:timers/promises";
import type { WatchedConfig } from "../../infra/config/schema.ts";
import type { Color } from "../../infra/domain/traffic.ts";
import type { SmokeTest } from "../ports.ts";
import type { Answer } from "./http.ts";
import { NoAnswer } from "./http.ts";
import { ColorDoor } from "./internal.ts";
import type { Access } from "./access.ts";

/** Headers by which an app says its version; whichever it sends is compared. */
const versionHeaders = ["x-app-version", "x-version"];
/** Longer than any test allows, so that a slow answer is told as slow and not as none. */
const graceMs = 1_000;

/** So long after the last pod of the version before has left, a gateway may still send requests its way. */
const gatewayLagMs = 5_000;
const retryMs = 250;

type Wanted = WatchedConfig["release"]["smoke"][number];

/**
 * The tests of config and the health path, asked of one colour at the internal listener, one after the other. Pods of the
 * version before answer for as long as they are leaving: an answer of theirs is asked for again until then.
 */
export function smokeTests(config: WatchedConfig, access: Access): SmokeTest {
  const door = new ColorDoor(config, access);
  const health: Wanted = { path: config.app.healthPath, status: 200, maxMs: 2_000 };
  const wanted = config.release.smoke.some(({ path }) => path === health.path)
    ? config.release.smoke
    : [health, ...config.release.smoke];
  return {
    async run(color, version) {
      const gone = Date.now() + config.rollout.preStopSleepSeconds * 1000 + gatewayLagMs;
      const results = [];
      for (const test of wanted) {
        let result = await runOne(door, color, test, version);
        while (result.otherVersion === true && Date.now() < gone) {
          await delay(retryMs);
          result = await runOne(door, color, test, version);
        }
        const { ms, mistake } = result;
        results.push({ path: test.path, ms, ...(mistake !== undefined && { mistake }) });
      }
      return results;
    },
  };
}

async function runOne(
  door: ColorDoor,
  color: Color,
  test: Wanted,
  version: string | undefined,
): Promise<{ ms: number; mistake?: string; otherVersion?: boolean }> {
  const began = performance.now();
  try {
    const answer = await door.ask(color, test.path, test.maxMs + graceMs);
    const other = otherVersion(answer, version);
    const mistake =
      other === undefined ? mistakeIn(answer, test) : `is answered by version ${other}, not ${version ?? ""}`;
    return {
      ms: Math.round(answer.ms),
      ...(mistake !== undefined && { mistake: `${test.path} of ${color} ${mistake}.` }),
      otherVersion: other !== undefined,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const mistake = !(error instanceof NoAnswer)
      ? message
      : error.connected
        ? `${test.path} of ${color} ${message}.`
        : `The Gateway's internal listener ${message}.`;
    return { ms: Math.round(performance.now() - began), mistake };
  }
}

function mistakeIn(answer: Answer, test: Wanted): string | undefined {
  if (answer.status !== test.status) return `answered with status ${answer.status}, not ${test.status}`;
  if (test.contains !== undefined && !answer.body.includes(test.contains))
    return `answered without ${JSON.stringify(test.contains)}`;
  if (answer.ms > test.maxMs) return `took ${Math.round(answer.ms)} ms, more than ${test.maxMs}`;
  return undefined;
}

/** The version that an answer names, where it is another one. */
function otherVersion({ headers }: Answer, version: string | undefined): string | undefined {
  const said = versionHeaders.map((name) => headers[name]).find((value) => value !== undefined);
  if (version === undefined || typeof said !== "string") return undefined;
  return said.replace(/^v/, "") === version.replace(/^v/, "") ? undefined : said;
}
