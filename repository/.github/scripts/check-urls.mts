// check-urls.mts [--attempts N | --minutes N] URL...: asks until all are well, at most N times, 6 s apart; or for N
// minutes, in which none may fail twice in a row. Well is 200 within 5 s.
const args = process.argv.slice(2);

function option(name: string): number | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : Number(args.splice(at, 2)[1]);
}

const attempts = option("--attempts") ?? 1;
const minutes = option("--minutes");
const pauseMs = Number(process.env.CHECK_PAUSE_MS ?? 6000);
if (args.length === 0 || !Number.isFinite(attempts) || (minutes !== undefined && !Number.isFinite(minutes))) {
  console.log("::error::Usage: check-urls.mts [--attempts N | --minutes N] URL...");
  process.exit(2);
}

/** What is wrong with one address; undefined when nothing is. */
async function problem(url: string): Promise<string | undefined> {
  const started = performance.now();
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5000) });
    await answer.arrayBuffer();
    console.log(`${url}: ${answer.status} after ${Math.round(performance.now() - started)} ms`);
    return answer.status === 200 ? undefined : `${url} answers ${answer.status}`;
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return `${url} does not answer (${cause?.code ?? (error as Error).name})`;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));
const round = async (): Promise<string[]> =>
  (await Promise.all(args.map(problem))).filter((text) => text !== undefined);

function end(problems: string[]): void {
  for (const text of problems) console.log(`::error::${text}.`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (minutes === undefined) {
  let problems = await round();
  for (let attempt = 1; attempt < attempts && problems.length > 0; attempt += 1) {
    console.log(`${problems.join("; ")}: attempt ${attempt + 1} of ${attempts} follows`);
    await pause();
    problems = await round();
  }
  end(problems);
} else {
  const until = Date.now() + minutes * 60_000;
  let before: string[] = [];
  let lasting: string[] = [];
  while (Date.now() < until && lasting.length === 0) {
    const now = await round();
    lasting = now.filter((text) => before.some((old) => old.split(" ")[0] === text.split(" ")[0]));
    before = now;
    await pause();
  }
  end(lasting);
}
