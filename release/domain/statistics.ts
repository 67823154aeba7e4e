/*
 * What can be told from how many requests. Exact binomial arithmetic: a request fails or it does not, and the gates ask
 * how likely so many failures are for a service that is as good as it should be.
 */

/** Lanczos' approximation of ln(gamma(x)) for x > 0, good to 15 digits. */
function lnGamma(x: number): number {
  const [first, ...rest] = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const sum = rest.reduce((total, term, i) => total + term / (x + i), first);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz' method). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it the mirror image does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const floor = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / floor(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / floor(1 + even * d);
    c = floor(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / floor(1 + odd * d);
    c = floor(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return Math.min(1, (front * fraction) / a);
}

/**
 * The chance of `errors` or more failures among `requests`, where each fails with `ratio`. Takes fractions of
 * requests too: rates over a window are interpolated.
 */
export function chanceOfErrors(errors: number, requests: number, ratio: number): number {
  if (errors <= 0) return 1;
  if (ratio <= 0) return 0;
  return incompleteBeta(ratio, Math.min(errors, requests), Math.max(0, requests - errors) + 1);
}

/** The fewest failures among `requests` that a service which fails with `ratio` has by chance less often than `alpha`. */
export function tellingErrors(requests: number, ratio: number, alpha: number): number {
  let [low, high] = [0, requests + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (chanceOfErrors(middle, requests, ratio) <= alpha) high = middle;
    else low = middle;
  }
  return high;
}

/** Between which ratios the true one lies, both ends by Clopper and Pearson; `confidence` such as 0.95. */
export function errorInterval(
  errors: number,
  requests: number,
  confidence: number,
): { low: number; high: number } {
  const side = (1 - confidence) / 2;
  return {
    low: errors === 0 ? 0 : solve((ratio) => chanceOfErrors(errors, requests, ratio) - side),
    high:
      errors === requests ? 1 : solve((ratio) => chanceOfErrors(errors + 1, requests, ratio) - (1 - side)),
  };
}

/** What a gate needs to fire on errors, as the limits of what it can find depend on it. */
export interface ErrorLevel {
  /** Ratio from which on it fires. */
  level: number;
  /** Ratio of a service that is as good as it should be. */
  healthy: number;
  /** How often chance alone may look like evidence, such as 0.001. */
  alpha: number;
}

/** Failures among `requests` from which on the gate fires. */
export const firingErrors = (requests: number, { level, healthy, alpha }: ErrorLevel): number =>
  // 0.07 * 100 is a little more than 7 in floating point.
  Math.max(tellingErrors(requests, healthy, alpha), Math.ceil(level * requests - 1e-9));

/** The smallest true error ratio that the gate finds in one look at `requests`, with the chance `power`; 1 if none. */
export function findableRatio(requests: number, gate: ErrorLevel, power: number): number {
  const errors = firingErrors(requests, gate);
  return errors > requests ? 1 : solve((ratio) => chanceOfErrors(errors, requests, ratio) - power);
}

/** Where a function that rises from below 0 to above 0 between 0 and 1 crosses 0. */
function solve(rising: (x: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * How many standard deviations one-sided confidence takes: 0.999 -> 3.09. By bisection on the normal distribution,
 * whose tail is a series for small and a continued fraction for large values.
 */
export function deviations(confidence: number): number {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 - normalTail(middle) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2) {
    let [term, sum] = [z, z];
    for (let k = 1; k < 100; k++) sum += term *= (z * z) / (2 * k + 1);
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let k = 200; k >= 1; k--) fraction = z + k / fraction;
  return density / fraction;
}

/**
 * How far, as a share of it, the 95th percentile measured on `requests` lies from the true one by chance (standard
 * deviation). For exponentially distributed times; the tails of real services are rarely longer near that percentile.
 */
export const percentileNoise = (requests: number): number =>
  Math.sqrt((0.95 * 0.05) / requests) / (0.05 * Math.log(20));
