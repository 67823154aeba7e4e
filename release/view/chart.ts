/** One line of a chart; undefined where nothing is known, which leaves a gap. */
export interface Line {
  name: string;
  /** Class in the page's style sheet, for its colour. */
  kind: string;
  points: readonly { at: number; value: number | undefined }[];
  /** The value stays until the next point, instead of leaning towards it. */
  steps?: boolean;
}

export interface Chart {
  title: string;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** The scale ends here, or at the largest value. */
  atLeast: number;
  /** Nothing is larger, so that the scale goes no further. */
  atMost?: number;
  format: (value: number) => string;
  lines: readonly Line[];
  /** Moments to mark. */
  marks: readonly { at: number; kind: string; title: string }[];
}

const [width, height] = [400, 190];
const inner = { left: 58, right: 392, top: 10, bottom: 166 };
/** More than one a pixel is drawn for nothing. */
const maxPoints = 700;

/** The five characters that mean something in HTML. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (sign) => names[sign] ?? "");
}

/** A round number at or above the largest value: 1, 2 or 5 with zeros. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => value <= step * unit * (1 + 1e-9)) ?? 10) * unit;
}

/** A chart as inline SVG. */
export function renderChart(chart: Chart): string {
  const values = chart.lines.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const highest = values.reduce((max, value) => Math.max(max, value), chart.atLeast);
  const top = Math.min(roundUp(highest), chart.atMost ?? Infinity);
  const span = Math.max(1, chart.to - chart.from);
  const x = (at: number) => inner.left + ((at - chart.from) / span) * (inner.right - inner.left);
  const y = (value: number) => inner.bottom - (Math.min(value, top) / top) * (inner.bottom - inner.top);
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return (
      `<line class="grid" x1="${inner.left}" x2="${inner.right}" y1="${at}" y2="${at}"/>` +
      `<text x="${inner.left - 5}" y="${at}" dy="3.5" text-anchor="end">${escapeHtml(chart.format(share * top))}</text>`
    );
  });
  const times = [0, 1 / 3, 2 / 3, 1].map((share, n) => {
    const anchor = n === 0 ? "start" : n === 3 ? "end" : "middle";
    const at = chart.from + share * span;
    return `<text x="${x(at).toFixed(1)}" y="${height - 8}" text-anchor="${anchor}">${clock(at, span)}</text>`;
  });
  const marks = chart.marks
    .filter(({ at }) => at >= chart.from && at <= chart.to)
    .map(
      ({ at, kind, title }) =>
        `<line class="mark ${kind}" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${inner.top}" y2="${inner.bottom}"><title>${escapeHtml(title)}</title></line>`,
    );
  const lines = chart.lines.map(
    (line) =>
      `<path class="line ${line.kind}" d="${pathOf(line, x, y)}"><title>${escapeHtml(line.name)}</title></path>`,
  );
  const empty =
    values.length === 0
      ? `<text class="empty" x="${width / 2}" y="${height / 2}" text-anchor="middle">nothing was measured</text>`
      : "";
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    ...rows,
    ...times,
    ...marks,
    ...lines,
    `${empty}</svg>`,
  ].join("\n");
}

function pathOf(
  { points, steps = false }: Line,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  const parts: string[] = [];
  let pen = false;
  for (const { at, value } of thinned(points)) {
    if (value === undefined) {
      pen = false;
      continue;
    }
    const [px, py] = [x(at).toFixed(1), y(value).toFixed(1)];
    parts.push(!pen ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`);
    pen = true;
  }
  return parts.join("");
}

/** Of too many points the worst of each group: a peak must not vanish. */
function thinned(points: Line["points"]): Line["points"] {
  const size = Math.ceil(points.length / maxPoints);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, n) =>
    points.slice(n * size, (n + 1) * size),
  ).flatMap((group) =>
    group.reduce((worst, point) => ((point.value ?? -1) > (worst.value ?? -1) ? point : worst)),
  );
}

/** The time of day, with the day where the chart is longer than one. */
function clock(at: number, span: number): string {
  const text = new Date(at).toISOString();
  return span > 86_400_000
    ? `${text.slice(5, 10)} ${text.slice(11, 16)}`
    : span > 1_200_000
      ? text.slice(11, 16)
      : text.slice(11, 19);
}
