import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** One ConfigMap, changed by config `value` at each update. */
export function main(): void {
  const value = new pulumi.Config().get("value") ?? "0";
  new k8s.core.v1.ConfigMap("floor", {
    metadata: { name: "pulse-bench-floor", namespace: "default" },
    data: { value },
  });
}
