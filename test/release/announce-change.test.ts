// What is announced when a release changes, and with what.
import { expect, test } from "@jest/globals";
import { announceChange } from "../../release/announceChange.ts";
import type { Doors } from "../../release/doors.ts";
import { rollingBack } from "../../release/domain/machine.ts";
import type { ReleaseRecord } from "../../release/domain/record.ts";
import { releaseRecord } from "../support/release-record.ts";

const look = {
  verdict: { answer: "rollback" as const, reasons: ["bad"] },
  signals: { at: 0, windowSeconds: 60, colors: { blue: {}, green: {} }, problems: [] },
};

function announced(before: ReleaseRecord, now: ReleaseRecord): unknown[] {
  const heard: unknown[] = [];
  const announce: Doors["announce"] = (event, _record, more) => void heard.push([event, more]);
  announceChange({ announce } as Doors, before, now, look);
  return heard;
}

const ramping = releaseRecord({ reached: 0 });
const back = rollingBack(ramping, 1, "bad");

test.each<[string, ReleaseRecord, ReleaseRecord, unknown[]]>([
  [
    "a rollback, with what was seen and what the route had",
    ramping,
    back,
    [["rollingBack", { look, weights: { blue: 50, green: 50 } }]],
  ],
  [
    "a failed rollback, with the same",
    back,
    { ...back, phase: "failed" },
    [["failed", { look, weights: { blue: 50, green: 50 } }]],
  ],
  ["a promotion", ramping, { ...ramping, phase: "promoted" }, [["promoted", { look }]]],
  ["a pause", ramping, { ...ramping, paused: "slow" }, [["paused", { look }]]],
  ["a step, by its weights", releaseRecord(), ramping, [["step", { weights: { blue: 50, green: 50 } }]]],
  ["nothing where nothing changed", ramping, ramping, []],
])("%s", (_what, before, now, expected) => expect(announced(before, now)).toEqual(expected));
