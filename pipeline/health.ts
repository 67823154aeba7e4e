/** What is read of `release status --json`. */
interface Status {
  environment?: string;
  record?: { id: string; version: string; phase: string; paused?: string };
  weights?: Record<string, number>;
  problems?: string[];
}

/** What is not well with an environment, by its status; a status that cannot be read is not well. */
export function healthProblems(text: string): string[] {
  let status: Status;
  try {
    const parsed = JSON.parse(text) as Status | null;
    if (typeof parsed !== "object" || parsed === null) throw new Error("no object");
    status = parsed;
  } catch {
    return ["The release driver left no status."];
  }
  const { record, weights, problems = [] } = status;
  const serving = Object.values(weights ?? {}).reduce((sum, weight) => sum + weight, 0);
  const release = record && `Release ${record.id} of ${record.version}`;
  return [
    ...(serving > 0 ? [] : ["No colour has traffic: the route is not there, or gives none."]),
    ...(record?.phase === "failed" ? [`${release} failed, and needs a person.`] : []),
    ...(record?.paused === undefined ? [] : [`${release} is paused: ${record.paused}`]),
    ...problems,
  ];
}
