import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

export interface Metrics {
  /** Counts one answered request; `seconds` is the time to the end of the answer. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** The Prometheus text format and its content type. */
  text(): Promise<string>;
  contentType: string;
}

/** Request rate, errors and latency per route, labelled with colour and version, and Node's own metrics. */
export function createMetrics(labels: { version: string; color: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time to answer HTTP requests, by method, route and status.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
