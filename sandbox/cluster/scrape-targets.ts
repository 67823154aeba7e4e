/** The parts of a Pod that say whether and where it gives metrics. */
export interface MetricsPod {
  metadata?: {
    name?: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  status?: { podIP?: string; phase?: string };
}

/** One entry of Prometheus' file of targets. */
export interface TargetGroup {
  targets: string[];
  labels: Record<string, string>;
}

const annotation = (pod: MetricsPod, name: string): string | undefined =>
  pod.metadata?.annotations?.[`prometheus.io/${name}`];

/** The pods that ask to be scraped, by the usual annotations; a pod that ends is asked as long as it has its address. */
export function targetsOf(pods: readonly MetricsPod[]): TargetGroup[] {
  return pods
    .filter((pod) => annotation(pod, "scrape") === "true" && pod.status?.phase === "Running")
    .flatMap((pod) => {
      const { name = "", namespace = "", labels = {} } = pod.metadata ?? {};
      const { podIP } = pod.status ?? {};
      const port = annotation(pod, "port");
      if (podIP === undefined || port === undefined) return [];
      const path = annotation(pod, "path") ?? "/metrics";
      return [
        {
          targets: [`${podIP}:${port}`],
          labels: {
            __metrics_path__: path,
            // Of Envoy's two thousand figures those that are looked at: asked every second, all would cost a tenth of a core.
            ...(path.startsWith("/stats/") && { __param_filter: "upstream_rq" }),
            namespace,
            pod: name,
            ...(labels.color !== undefined && { color: labels.color }),
          },
        },
      ];
    })
    .sort((a, b) => a.targets.join().localeCompare(b.targets.join()));
}
