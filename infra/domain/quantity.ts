const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number that a Kubernetes quantity such as 200m or 256Mi stands for, in cores or bytes; undefined when it is none. */
export function quantity(text: string): number | undefined {
  const parts = /^(?<number>\d+(?:\.\d+)?)(?<unit>[a-zA-Z]*)$/.exec(text)?.groups;
  const factor = factors[parts?.unit ?? "none"];
  return parts && factor !== undefined ? Number(parts.number) * factor : undefined;
}
