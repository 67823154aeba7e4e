import type { LoadHandle } from "../load/index.ts";
import { columnMs, columnsIn, columnsOf, drawChart, legend, type Column, type Mark } from "./chart.ts";
import { plainLine, seconds } from "./lines.ts";
import { say, terminalLook } from "./terminal.ts";

/** Shows running load until `stop`. */
export interface TrafficView {
  /** Notes a moment: below the picture, or as a line of its own. */
  mark(label: string): void;
  /** What happens now. */
  status(text: string): void;
  /** Leaves the last picture standing. */
  stop(): void;
}

/** The live picture on a terminal, or one line a second elsewhere. `begin` is in milliseconds since 1970. */
export async function showTraffic(load: LoadHandle, begin: number): Promise<TrafficView> {
  return terminalLook() ? drawLive(load, begin) : printLines(load, begin);
}

async function drawLive(load: LoadHandle, begin: number): Promise<TrafficView> {
  const { default: logUpdate } = await import("log-update");
  const marks: Mark[] = [];
  let now = "";
  const draw = (): void => {
    // Read anew each time: the window may have changed.
    const look = terminalLook();
    if (!look) return;
    const elapsed = Date.now() - begin;
    const ms = columnMs(elapsed, columnsIn(look));
    const columns = columnsOf(load.samples(begin), begin, Date.now(), ms);
    const picture = drawChart({ columns, columnMs: ms, marks }, look);
    const current = lastSecond(load, Date.now());
    const status = `${seconds(elapsed)} ${now}`.slice(0, look.width - 1);
    logUpdate(
      ["", ...picture, "", legend(current, load.totals(), look).slice(0, look.width + 20), status].join("\n"),
    );
  };
  const timer = setInterval(draw, 200);
  return {
    mark: (label) => void marks.push({ atMs: Date.now() - begin, label }),
    status: (text) => void (now = text),
    stop: () => {
      clearInterval(timer);
      now = "";
      draw();
      logUpdate.done();
    },
  };
}

function printLines(load: LoadHandle, begin: number): Promise<TrafficView> {
  let second = 0;
  const timer = setInterval(() => {
    // One bucket later than the second's end, so that all of it has arrived.
    if (Date.now() - begin < (second + 1) * 1_000 + 150) return;
    const [column] = columnsOf(
      load.samples(begin + second * 1_000),
      begin + second * 1_000,
      begin + (second + 1) * 1_000,
      1_000,
    );
    second += 1;
    if (column) say(plainLine(second * 1_000, column));
  }, 50);
  return Promise.resolve({
    mark: (label) => say(`${seconds(Date.now() - begin)} ${label}`),
    status: () => undefined,
    stop: () => clearInterval(timer),
  });
}

/** The second before last buckets arrived. */
function lastSecond(load: LoadHandle, now: number): Column {
  const [column] = columnsOf(load.samples(now - 1_100), now - 1_100, now - 100, 1_000);
  return column ?? { byColor: {}, failures: 0 };
}
