import { describe, expect, test } from "@jest/globals";
import { namespaceQuota } from "../../infra/domain/namespaceQuota.ts";

const resources = (cpu: string, memory: string) => ({
  requests: { cpu, memory },
  limits: { cpu: "1", memory: "1Gi" },
});

describe("the quota of a namespace", () => {
  test("holds both colours at their largest while they roll, and the other pods", () => {
    const quota = namespaceQuota({
      maxReplicas: 10,
      app: resources("200m", "256Mi"),
      otherPods: 4,
      other: resources("50m", "64Mi"),
    });
    // 22 of the application's pods, 4 others.
    expect(quota).toMatchObject({
      pods: "26",
      "requests.cpu": "4600m",
      "requests.memory": "5888Mi",
      "limits.cpu": "26",
      "limits.memory": "26Gi",
    });
  });

  test("has room for two release watchers: one more while it is updated", () => {
    const quota = namespaceQuota({
      maxReplicas: 2,
      app: resources("100m", "100Mi"),
      otherPods: 0,
      other: resources("0", "0"),
      watcher: resources("20m", "96Mi"),
    });
    expect(quota).toMatchObject({ pods: "8", "requests.cpu": "640m", "requests.memory": "792Mi" });
  });

  test("leaves no other way in, and nothing that keeps data", () => {
    const quota = namespaceQuota({
      maxReplicas: 2,
      app: resources("0.1", "100M"),
      otherPods: 0,
      other: resources("0", "0"),
    });
    expect(quota).toEqual({
      pods: "6",
      "requests.cpu": "600m",
      "requests.memory": "573Mi",
      "limits.cpu": "6",
      "limits.memory": "6Gi",
      "services.loadbalancers": "0",
      "services.nodeports": "0",
      persistentvolumeclaims: "0",
    });
  });
});
