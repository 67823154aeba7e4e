// What the watcher's probes and Prometheus are told.
import { afterEach, expect, test } from "@jest/globals";
import { Vitals } from "../../release/adapters/vitals.ts";

let close: (() => void) | undefined;
afterEach(() => close?.());

test("it lives as long as it goes on, and is of use as long as its rounds work", async () => {
  let now = 1_000;
  const vitals = new Vitals({ hangsAfterMs: 60_000, staleAfterMs: 90_000 }, () => now);
  const server = await vitals.listen(0);
  close = server.close;
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const states = async () => [(await ask("/health")).status, (await ask("/ready")).status];

  expect(await states()).toEqual([200, 503]);
  vitals.round("done");
  expect(await states()).toEqual([200, 200]);
  // The API server is away: it goes on asking.
  for (let n = 0; n < 4; n++) {
    now += 30_000;
    vitals.round("failed");
  }
  expect(await states()).toEqual([200, 503]);
  expect((await ask("/metrics")).text).toMatch(
    /rounds_total\{result="done"\} 1\n.*\{result="failed"\} 4\n.*age_seconds 120\n/s,
  );
  vitals.round("done");
  expect(await states()).toEqual([200, 200]);
  now += 60_001;
  expect(await states()).toEqual([503, 200]);
  vitals.beat();
  expect(await states()).toEqual([200, 200]);
  expect((await ask("/other")).status).toBe(404);
});
