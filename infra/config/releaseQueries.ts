/*
 * What Envoy says of one colour. With mergeBackends (ADR 7) each Service is one Envoy cluster, named
 * service/NAMESPACE/SERVICE/PORT/PROTOCOL; its answers are counted by class, those that Envoy gives itself (no ready
 * pod, time-out) among them.
 */
const cluster = 'envoy_cluster_name=~"service/$namespace/$service/.*"';
const answers = `envoy_cluster_upstream_rq_xx{${cluster}}`;
const errors = `envoy_cluster_upstream_rq_xx{${cluster}, envoy_response_code_class="5"}`;

/**
 * How much a counter grew within the window; empty where there is no such counter. A class of answers has no series
 * before its first answer, and `increase` leaves a series' first value out: the first errors of a release would go
 * unseen. So the first value counts too, where the same Envoy was being asked already before the window.
 */
const growth = (series: string): string =>
  `(sum(increase(${series}[$window]) or ${series} * 0) + (sum(min_over_time(${series}[$window]) ` +
  `unless ${series} offset $window and on (instance) up offset $window == 1) or vector(0)))`;

/** PromQL for what the gates look at; $namespace, $service, $color and $window are filled in. */
export const defaultQueries = {
  /** Answers within the window. */
  requests: growth(answers),
  /** Share of them with 5xx; none of that class is a share of 0 where there are answers at all. */
  errorRatio: `clamp_max((${growth(errors)} or ${growth(answers)} * 0) / ${growth(answers)}, 1)`,
  /** Interpolated within Envoy's buckets (500, 1000, 2500 ms and so on). */
  p95Ms: `histogram_quantile(0.95, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket{${cluster}}[$window])))`,
} as const;
