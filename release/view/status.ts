import { colors, type Color, type Weights } from "../../infra/domain/traffic.ts";
import type { ReleaseRecord } from "../domain/record.ts";
import type { Signals, Verdict } from "../domain/signals.ts";
import { counted, dateTime, percent, phaseWords, span, stepWords, timeOfDay, whole } from "./words.ts";

/** What is known at one moment. */
export interface StatusView {
  environment: string;
  /** The release under way or last. */
  record?: ReleaseRecord;
  /** Of the live route. */
  weights?: Weights;
  signals?: Signals;
  verdict?: Verdict;
  /** Who else is at work on it. */
  busy?: string;
  problems?: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
}

/** How it may look. */
export interface Style {
  /** Columns. */
  width: number;
  colors: boolean;
}

type Ink = "bold" | "dim" | "red" | "yellow" | "green" | "blue";
type Piece = string | readonly [string, Ink];

const codes: Readonly<Record<Ink, string>> = {
  bold: "1",
  dim: "2",
  red: "31",
  yellow: "33",
  green: "32",
  blue: "34",
};
const verdictInks: Readonly<Record<Verdict["answer"], Ink>> = {
  promote: "green",
  hold: "dim",
  pause: "yellow",
  rollback: "red",
};
const label = (name: string): Piece => [name.padEnd(10), "dim"];
const barWidth = 40;

/** The state of a release as text of at most `width` columns. */
export function renderStatus(view: StatusView, style: Style): string {
  return statusLines(view, style.width)
    .map((pieces) => inked(pieces, style))
    .join("\n");
}

function statusLines(view: StatusView, width: number): Piece[][] {
  const { environment, record, weights, signals, verdict, busy, problems = [], now } = view;
  const trouble: Piece[][] = [
    ...(busy === undefined ? [] : [[label("at work"), busy]]),
    ...problems.flatMap((problem) => sentence([label("problem")], problem, width, "yellow")),
  ];
  const traffic = weights ? [trafficLine(weights)] : [];
  if (!record) return [[[environment, "bold"], ": no release yet"], ...traffic, ...trouble];
  return [
    ...headLines(record, now, width),
    [],
    stepLine(record),
    ...traffic,
    ...(signals ? [[], ...signalLines(signals, now)] : []),
    [],
    ...waitLines(record, now, width),
    ...(verdict ? verdictLines(verdict, width) : []),
    ...trouble,
  ];
}

function headLines(record: ReleaseRecord, now: number, width: number): Piece[][] {
  const { environment, version, candidate, stable, phase, strategy, by, startedAt } = record;
  const ink: Ink =
    phase === "rollingBack" || phase === "failed" ? "red" : phase === "rolledBack" ? "yellow" : "green";
  const ended = phase === "done" || phase === "rolledBack";
  return [
    [
      [`${environment}: release ${version}`, "bold"],
      ` (${candidate}, replaces ${stable})  `,
      [phaseWords[phase] + stepWords(record), ink],
    ],
    [
      [
        `${record.id}, strategy ${strategy}, by ${by}, since ${dateTime(startedAt)} (${span((ended ? record.since : now) - startedAt)})`,
        "dim",
      ],
    ],
    ...(record.paused === undefined ? [] : sentence([["paused:   ", "yellow"]], record.paused, width)),
    ...(record.reason === undefined ? [] : sentence([["because:  ", "red"]], record.reason, width)),
  ];
}

function stepLine({ phase, step, steps }: ReleaseRecord): Piece[] {
  const before = phase === "preparing" || phase === "verifying";
  const over = phase === "promoted" || phase === "done";
  const back = phase === "rollingBack" || phase === "rolledBack" || phase === "failed";
  const marks = steps.flatMap(({ percent: share }, n): Piece[] => {
    const text = `${share} %`;
    if (over || (!before && n < step)) return [[`✔ ${text}`, "green"], "   "];
    if (!before && n === step) return [back ? [`✖ ${text}`, "red"] : [`▶ ${text}`, "bold"], "   "];
    return [[`· ${text}`, "dim"], "   "];
  });
  return [label("steps"), ...marks];
}

function trafficLine(weights: Weights): Piece[] {
  const total = weights.blue + weights.green;
  const blue = total === 0 ? 0 : Math.round((weights.blue / total) * barWidth);
  return [
    label("traffic"),
    `blue ${String(weights.blue).padStart(3)} % `,
    ["█".repeat(blue), "blue"],
    // Another sign, too: it has to be told apart without colours.
    [(total === 0 ? "·" : "▒").repeat(barWidth - blue), total === 0 ? "dim" : "green"],
    ` ${weights.green} % green`,
  ];
}

function signalLines({ colors: seen, windowSeconds, at }: Signals, now: number): Piece[][] {
  const age = now - at > 30_000 ? `, ${span(now - at)} ago` : "";
  const row = (color: Color): Piece[] => {
    const {
      requests,
      errorRatio,
      p95Ms,
      restarts,
      unavailable,
      healthFailuresInARow: failures,
    } = seen[color];
    const figures = [whole(requests), percent(errorRatio), p95Ms === undefined ? "?" : `${whole(p95Ms)} ms`];
    const notes = [
      ...(failures ? [`health failed ${failures}×`] : []),
      ...(restarts ? [counted(restarts, "restart")] : []),
      ...(unavailable ? [`${counted(unavailable, "pod")} missing`] : []),
    ];
    return [
      [color.padEnd(10), color],
      ...figures.map((text) => text.padStart(11)),
      [notes.length > 0 ? `   ${notes.join(", ")}` : "", "yellow"],
    ];
  };
  const head = ["requests", "errors", "p95"].map((text) => text.padStart(11)).join("");
  return [[label(""), [`${head}   (last ${windowSeconds} s${age})`, "dim"]], ...colors.map(row)];
}

function waitLines(record: ReleaseRecord, now: number, width: number): Piece[][] {
  const { phase, steps, step, since, paused, candidate, stable } = record;
  const current = steps[step];
  const say = (text: string) => sentence([label("waits for")], text, width);
  if (paused !== undefined && phase === "ramping")
    return say("a person: release resume, promote or rollback");
  if (phase === "preparing") return say(`${candidate} to have the new image`);
  if (phase === "verifying") return say(`${candidate} to be ready and pass its smoke tests`);
  if (phase === "rollingBack") return say(`all the traffic on ${stable}`);
  if (phase === "failed") return say("a person");
  if (phase === "promoted") return say(`the end of the watch; ${stable} is kept to go back to`);
  if (phase !== "ramping" || !current) return say("nothing");
  const [soaked, late] = [since + current.minSoakSeconds * 1000, since + current.maxSoakSeconds * 1000];
  const soak =
    soaked > now ? `${span(soaked - now)} of content gates (${timeOfDay(soaked)})` : "content gates";
  return say(`${soak}; at ${timeOfDay(late)}, in ${span(late - now)}, it goes back`);
}

function verdictLines({ answer, reasons }: Verdict, width: number): Piece[][] {
  return reasons.flatMap((reason, n) =>
    n === 0
      ? sentence([label("gates"), [answer.padEnd(9), verdictInks[answer]]], reason, width)
      : sentence([label(""), " ".repeat(9)], reason, width),
  );
}

/** A sentence after what stands before it, its further lines indented: what is said is never cut off. */
function sentence(before: readonly Piece[], text: string, width: number, ink?: Ink): Piece[][] {
  const indent = lengthOf(before);
  const room = Math.max(10, width - indent);
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.map((line, n) => [
    ...(n === 0 ? before : [" ".repeat(indent)]),
    ink === undefined ? line : ([line, ink] as const),
  ]);
}

const lengthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + (typeof piece === "string" ? piece : piece[0]).length, 0);

/** Cuts a line at the width, then colours what is left of its pieces. */
function inked(pieces: readonly Piece[], { width, colors: withColors }: Style): string {
  let left = width;
  const longer = lengthOf(pieces) > width;
  if (longer) left = width - 1;
  const parts: string[] = [];
  for (const piece of pieces) {
    const [text, ink] = typeof piece === "string" ? [piece, undefined] : piece;
    const shown = text.slice(0, left);
    left -= shown.length;
    if (shown !== "")
      parts.push(withColors && ink !== undefined ? `\u001B[${codes[ink]}m${shown}\u001B[0m` : shown);
  }
  return parts.join("").trimEnd() + (longer ? "…" : "");
}
