// The whole environment stack against a real API server: it takes every object without a warning, an update changes
// nothing twice, the rules it makes are enforced, and nothing of it stays.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { eventually } from "../support/cluster-api.ts";
import { EnvironmentStack } from "../support/environment-stack.ts";
import { testCluster } from "../support/test-cluster.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";

const namespace = "hardened";
let stack: EnvironmentStack;
let firstUp = "";

beforeAll(async () => {
  stack = await EnvironmentStack.create(namespace, testCluster().kubeconfig, (config) => {
    // Everything that can be there: cert-manager's certificate, a login, groups, ways out.
    const cluster = config["pulse-infra:cluster"] as { gateway: object };
    const tls = { certManagerIssuer: { name: "letsencrypt" } };
    config["pulse-infra:cluster"] = { ...cluster, gateway: { ...cluster.gateway, tls } };
    config["pulse-infra:access"] = { operatorGroups: ["operators"], releaserGroups: ["releasers"] };
    const egress = [{ cidr: "0.0.0.0/0", except: ["10.0.0.0/8"], ports: [443] }];
    config["pulse-infra:network"] = { appEgress: egress, backupEgress: egress };
  });
  for (const [key, value] of Object.entries({ server: "ghcr.io", username: "reader", password: "hunter2" })) {
    await stack.setSecret(`pullSecret.${key}`, value);
  }
  firstUp = await stack.mustUp();
}, 120_000);
afterAll(async () => {
  if (await stack.api.exists("v1", "Namespace", "", namespace)) await stack.destroy();
}, 120_000);

test("the API server takes every object, strictly, and warns of nothing", () => {
  expect(firstUp).toMatch(/Resources:\s+\+ \d\d created/);
  expect(firstUp).not.toMatch(/warning/i);
});

test("the rules' expressions fit what they are applied to", async () => {
  const group = "admissionregistration.k8s.io/v1";
  const names = await stack.api.names(group, "ValidatingAdmissionPolicy", "");
  const own = names.filter((name) => name.startsWith(`${namespace}-`));
  expect(own).toHaveLength(4);
  for (const name of own) {
    let status: Record<string, unknown> | undefined;
    await eventually(`${name} is checked`, 30, async () => {
      ({ status } = await stack.api.get(group, "ValidatingAdmissionPolicy", "", name));
      return status?.typeChecking !== undefined;
    });
    expect({ name, ...(status?.typeChecking as object) }).toEqual({ name });
  }
}, 60_000);

test("a second update changes nothing, and neither does a refresh", async () => {
  expect(await stack.preview()).toEqual([]);
  const refresh = await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect({ ...refresh, stdout: "" }).toMatchObject({ code: 0 });
}, 60_000);

test("the registry's password is in the Secret, and nowhere plain in the state", async () => {
  const { data } = (await stack.api.get("v1", "Secret", namespace, "registry")) as unknown as {
    data: Record<string, string>;
  };
  const login = Buffer.from(data[".dockerconfigjson"] ?? "", "base64").toString();
  expect(JSON.parse(login)).toEqual({ auths: { "ghcr.io": { username: "reader", password: "hunter2" } } });
  const { output } = await stack.export();
  expect(output).not.toContain("hunter2");
  expect(output).not.toContain(Buffer.from(login).toString("base64"));
});

/** A pod that breaks no rule. */
const goodPod = () => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "visitor",
    namespace,
    labels: { "app.kubernetes.io/name": "visitor", "app.kubernetes.io/managed-by": "a-person" } as Record<
      string,
      string
    >,
  },
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: "localhost/visitor:1.0.0",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } as object,
      },
    ],
  } as Record<string, unknown>,
});

const withImage = (image: string) => {
  const pod = goodPod();
  pod.spec.containers = (pod.spec.containers as object[]).map((container) => ({ ...container, image }));
  return pod;
};

describe("pods", () => {
  test("that keep the rules are taken", async () => {
    expect(await stack.api.refusal(goodPod())).toBeUndefined();
    const digest = `localhost/visitor@sha256:${"a".repeat(64)}`;
    expect(await stack.api.refusal(withImage(digest))).toBeUndefined();
  });

  test.each([
    ["an image whose tag can move", () => withImage("localhost/visitor:latest"), "pinned-images"],
    ["an image without a tag", () => withImage("localhost/visitor"), "pinned-images"],
    ["an image from elsewhere", () => withImage("docker.io/visitor:1.0.0"), "registries"],
    [
      "an init container's image from elsewhere",
      () => {
        const pod = goodPod();
        const [container] = pod.spec.containers as object[];
        pod.spec.initContainers = [{ ...container, name: "first", image: "localhost.evil/visitor:1.0.0" }];
        return pod;
      },
      "registries",
    ],
    [
      "no labels that say whose they are",
      () => {
        const pod = goodPod();
        pod.metadata.labels = {};
        return pod;
      },
      "required-labels",
    ],
  ])("with %s are refused", async (_what, pod, rule) => {
    const refusal = await stack.api.refusal(pod());
    expect(refusal).toContain(`ValidatingAdmissionPolicy '${namespace}-sandbox-${rule}'`);
  });

  const violations: [string, Record<string, unknown>][] = [
    [
      "a privileged container",
      { containers: [{ name: "main", image: "localhost/v:1.0.0", securityContext: { privileged: true } }] },
    ],
    ["a folder of the node", { volumes: [{ name: "host", hostPath: { path: "/etc" } }] }],
    ["the node's network", { hostNetwork: true }],
    ["the node's processes", { hostPID: true }],
  ];

  test.each([...violations, ["root", { securityContext: { runAsUser: 0 } }] as const])(
    "with %s are refused by the namespace's restricted level",
    async (_what, change) => {
      const pod = goodPod();
      Object.assign(pod.spec, change);
      expect(await stack.api.refusal(pod)).toMatch(/violates PodSecurity \\?"restricted:v1\.34\\?"/);
    },
  );

  test("stay refused that reach for the node, when somebody takes the namespace's level away", async () => {
    const level = "pod-security.kubernetes.io/enforce";
    const relabel = (value: string) =>
      stack.api.merge({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace, labels: { [level]: value } },
      });
    await relabel("privileged");
    try {
      for (const [, change] of violations) {
        const pod = goodPod();
        Object.assign(pod.spec, change);
        expect(await stack.api.refusal(pod)).toContain(`${namespace}-sandbox-no-host-access`);
      }
    } finally {
      await relabel("restricted");
    }
  });

  test("of other namespaces are none of its business", async () => {
    const pod = withImage("docker.io/visitor:latest");
    pod.metadata.namespace = "default";
    pod.metadata.labels = {};
    expect(await stack.api.refusal(pod)).toBeUndefined();
  });
});

describe("access", () => {
  const driver = `system:serviceaccount:${namespace}:release-driver`;
  /** Whether the API server lets somebody do something. */
  async function may(who: string[], ...what: string[]): Promise<boolean> {
    const { kubectl } = await ensureTools(["kubectl"], () => undefined);
    try {
      execFileSync(
        kubectl,
        ["--kubeconfig", testCluster().kubeconfig, "auth", "can-i", ...who, "-n", namespace, "-q", ...what],
        { stdio: "ignore" },
      );
      return true;
    } catch {
      return false;
    }
  }
  const asDriver = ["--as", driver];
  const asOperator = ["--as", "somebody", "--as-group", "operators"];
  const asReleaser = ["--as", "somebody", "--as-group", "releasers"];
  const asBackup = ["--as", `system:serviceaccount:${namespace}:backup-writer`];
  const route = "httproutes.gateway.networking.k8s.io";

  test.each([
    [asDriver, ["patch", `${route}/pulse-messages`], true],
    [asDriver, ["patch", `${route}/pulse-messages-blue`], false],
    [asDriver, ["delete", `${route}/pulse-messages`], false],
    [asDriver, ["list", "pods"], true],
    [asDriver, ["get", "pods", "--subresource=log"], true],
    [asDriver, ["create", "pods", "--subresource=exec"], false],
    [asDriver, ["list", "endpointslices.discovery.k8s.io"], true],
    [asDriver, ["list", "horizontalpodautoscalers.autoscaling"], true],
    [asDriver, ["update", "configmaps/pulse-messages-releases"], true],
    [asDriver, ["update", "configmaps/other"], false],
    [asDriver, ["update", "leases.coordination.k8s.io/pulse-messages-release"], true],
    [asDriver, ["get", "secrets"], false],
    [asDriver, ["patch", "deployments.apps"], false],
    [asReleaser, ["patch", `${route}/pulse-messages`], true],
    [asOperator, ["list", "pods"], true],
    [asOperator, ["get", "secrets"], false],
    [asOperator, ["delete", "pods"], false],
    [asOperator, ["create", "pods", "--subresource=exec"], false],
    [asBackup, ["get", "pods"], false],
    [asBackup, ["get", "secrets"], false],
  ])("%j may %j: %s", async (who, what, allowed) => {
    expect(await may(who, ...what)).toBe(allowed);
  });
});

test("destroy leaves neither the namespace nor anything outside of it", async () => {
  await stack.destroy();
  await eventually(
    "the namespace is gone",
    60,
    async () => !(await stack.api.exists("v1", "Namespace", "", namespace)),
  );
  const left = await Promise.all(
    [
      ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"],
      ["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"],
      ["scheduling.k8s.io/v1", "PriorityClass"],
    ].map(([apiVersion = "", kind = ""]) => stack.api.names(apiVersion, kind, "")),
  );
  expect(left.flat().filter((name) => name.startsWith(`${namespace}-`))).toEqual([]);
}, 120_000);
