// Everything that a stack declares, as a file: the diff of that file is the review.
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { environment } from "../../stacks/environment.ts";
import { changes } from "../support/changes.ts";
import { runWithMocks, type Run } from "../support/mocks.ts";
import { asRaw, loadEnvironment, stackFile } from "../support/stack-config.ts";

const run = (config: Record<string, unknown>, stack = "sandbox", secretKeys: string[] = []): Promise<Run> =>
  runWithMocks(() => environment(loadEnvironment(asRaw(config, { stack, secretKeys }))), stack);

describe("what a stack declares is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  test.each(["sandbox", "staging", "production"])("%s", async (stack) => {
    const file = join(projectRoot, "test", "golden", `${stack}.json`);
    const dump = `${JSON.stringify(await run(stackFile(stack), stack), null, 2)}\n`;
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, dump);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(dump)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });
});

const route = "~ HTTPRoute pulse-messages-route";

describe("one value changes what it should, and nothing else", () => {
  const images = { blue: "localhost/pulse-messages:1.0.0", green: "localhost/pulse-messages:1.1.0" };
  test.each<[string, Record<string, unknown>, string[]]>([
    ["the switch", { activeColor: "green" }, [route]],
    ["a canary", { canaryWeight: "10" }, [route]],
    [
      "a new version in the idle colour",
      { images: { ...images, green: "localhost/pulse-messages:1.2.0" } },
      ["~ Deployment pulse-messages-green"],
    ],
    [
      "an idle colour without an image",
      { images: { blue: images.blue } },
      [
        "- Deployment pulse-messages-green",
        "- HorizontalPodAutoscaler pulse-messages-green",
        "- PodDisruptionBudget pulse-messages-green",
        "- ServiceAccount pulse-messages-green",
      ],
    ],
    [
      "retiring the idle colour",
      { idleSize: "standby" },
      [
        "- PodDisruptionBudget pulse-messages-green",
        "~ HorizontalPodAutoscaler pulse-messages-blue",
        "~ HorizontalPodAutoscaler pulse-messages-green",
      ],
    ],
    ["leave for live changes", { allowLiveChange: "true" }, []],
    [
      "another host name",
      { hostname: "api2.pulse.localhost" },
      [
        route,
        "~ Gateway pulse",
        "~ HTTPRoute pulse-messages-blue",
        "~ HTTPRoute pulse-messages-green",
        "~ HTTPRoute pulse-redirect",
      ],
    ],
    [
      "more pods",
      { scaling: { minReplicas: 3, maxReplicas: 5 } },
      [
        "~ HorizontalPodAutoscaler pulse-messages-blue",
        "~ HorizontalPodAutoscaler pulse-messages-green",
        "~ ResourceQuota pulse-messages-quota",
      ],
    ],
    [
      "a gateway of somebody else's",
      { cluster: {} },
      ["- Gateway pulse", "- ClientTrafficPolicy pulse-clients"],
    ],
    [
      "another source of images for pages",
      { edge: { requestsPerSecond: 5000, webSockets: true, contentSources: { "img-src": ["data:"] } } },
      [route],
    ],
    [
      "a smaller rate",
      { edge: { requestsPerSecond: 10, webSockets: true } },
      ["~ BackendTrafficPolicy pulse-limits"],
    ],
    [
      "another registry",
      { registries: ["localhost", "ghcr.io/example"] },
      ["~ ValidatingAdmissionPolicy pulse-messages-admission-registries"],
    ],
  ])("%s", async (_what, change, expected) => {
    const before = await run(stackFile("sandbox"));
    const after = await run({ ...stackFile("sandbox"), ...change });
    expect(changes(before.resources, after.resources).sort()).toEqual(expected.sort());
  });
});

describe("a release watcher", () => {
  const release = { ...(stackFile("sandbox").release as object) };
  const watched = (more: object = {}) => ({
    ...stackFile("sandbox"),
    release: { ...release, watcher: { image: "localhost/watcher:1.0.0", ...more } },
  });

  test("brings its own resources, and room for itself", async () => {
    const [before, after] = [await run(stackFile("sandbox")), await run(watched())];
    expect(changes(before.resources, after.resources).sort()).toEqual([
      "+ ConfigMap release-watcher",
      "+ Deployment release-watcher",
      "+ NetworkPolicy release-watcher",
      "+ ReleaseWatcher release-watcher",
      "+ Role release-watcher",
      "+ RoleBinding release-watcher",
      "+ ServiceAccount release-watcher",
      "~ ResourceQuota pulse-messages-quota",
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["a switch", { activeColor: "green" }],
    ["a canary", { canaryWeight: "10" }],
    [
      "a new version",
      { images: { blue: "localhost/pulse-messages:1.0.0", green: "localhost/pulse-messages:1.2.0" } },
    ],
    ["retiring the idle colour", { idleSize: "standby" }],
  ])("stays as it is at %s: no release may restart it", async (_what, change) => {
    const [before, after] = [await run(watched()), await run({ ...watched(), ...change })];
    const changed = changes(before.resources, after.resources);
    expect(changed).not.toEqual([]);
    expect(changed.filter((line) => line.includes("release-watcher"))).toEqual([]);
  });

  test("is restarted by what it reads", async () => {
    const gates = { ...(release as { gates: object }).gates, healthFailures: 5 };
    const stricter = { ...watched(), release: { ...watched().release, gates } };
    const [before, after] = [await run(watched()), await run(stricter)];
    expect(changes(before.resources, after.resources).sort()).toEqual([
      "~ ConfigMap release-watcher",
      "~ Deployment release-watcher",
    ]);
  });

  test("has the variables that config names from the Secret that config names, and no secret itself", async () => {
    const { resources } = await run({
      ...watched({ secretName: "tokens" }),
      release: {
        ...watched({ secretName: "tokens" }).release,
        announcements: { slack: { webhookFrom: "WEBHOOK" } },
      },
      app: { env: { TOKEN: "hunter2" } },
    });
    const own = resources.filter(({ name }) => name === "release-watcher");
    expect(JSON.stringify(own)).toContain(
      JSON.stringify({ secretKeyRef: { key: "WEBHOOK", name: "tokens", optional: true } }),
    );
    expect(JSON.stringify(own)).not.toContain("hunter2");
  });

  test("may look up a Gateway elsewhere, and nothing else there", async () => {
    const cluster = { gateway: { namespace: "edge" } };
    const { internalUrl, ...rest } = release as Record<string, unknown>;
    expect(internalUrl).toBeDefined();
    const { resources } = await run({
      ...watched(),
      cluster,
      release: { ...rest, watcher: watched().release.watcher },
    });
    const roles = resources.filter(({ type, name }) => type.endsWith(":Role") && name.includes("watcher"));
    expect(roles.map(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({ metadata: expect.objectContaining({ namespace: "pulse-messages" }) }),
      expect.objectContaining({
        metadata: expect.objectContaining({ namespace: "edge" }),
        rules: [
          {
            apiGroups: ["gateway.networking.k8s.io"],
            resources: ["gateways"],
            resourceNames: ["pulse"],
            verbs: ["get"],
          },
        ],
      }),
    ]);
  });
});

test("the registry's password is secret in one Secret, and nowhere plain", async () => {
  const pullSecret = { server: "ghcr.io", username: "reader", password: "hunter2" };
  const { resources } = await run({ ...stackFile("sandbox"), pullSecret }, "sandbox", ["pullSecret"]);
  const holders = resources.filter((resource) => JSON.stringify(resource).includes("hunter2"));
  expect(holders.map(({ type }) => type)).toEqual(["kubernetes:core/v1:Secret"]);
  expect(holders[0]?.inputs).toMatchObject({
    stringData: { secret: { ".dockerconfigjson": expect.stringContaining("hunter2") } },
  });
  const accounts = resources.filter(
    ({ type, name }) => type.endsWith(":ServiceAccount") && /blue|green/.test(name),
  );
  expect(accounts.map(({ inputs }) => inputs)).toEqual([
    expect.objectContaining({ imagePullSecrets: [{ name: "registry" }] }),
    expect.objectContaining({ imagePullSecrets: [{ name: "registry" }] }),
  ]);
});

test("a secret variable is secret in both Deployments, and nowhere plain", async () => {
  const app = { env: { TOKEN: "hunter2" } };
  const { resources } = await run({ ...stackFile("sandbox"), app }, "sandbox", ["app"]);
  const holders = resources.filter((resource) => JSON.stringify(resource).includes("hunter2"));
  expect(holders.map(({ type }) => type)).toEqual([
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:Deployment",
  ]);
  expect(JSON.stringify(resources).replaceAll('{"secret":"hunter2"}', "")).not.toContain("hunter2");
});

test.each([
  ["sandbox", "dsn-of-production"],
  ["staging", "dsn-of-staging"],
  ["production", "dsn-of-production"],
])("%s takes its DSN over from the platform stack, secret", async (stack, dsn) => {
  const platformStack = "organization/pulse-infra/platform";
  const { resources } = await run({ ...stackFile(stack), platformStack }, stack);
  const holders = resources.filter((resource) => JSON.stringify(resource).includes(dsn));
  expect(holders.map(({ type }) => type)).toEqual([
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:Deployment",
  ]);
  expect(JSON.stringify(resources).replaceAll(JSON.stringify({ secret: dsn }), "")).not.toContain("dsn-of");
});

test("everything but the provider and the disruption budgets is protected outside the sandbox", async () => {
  for (const stack of ["staging", "production"]) {
    const { resources } = await run(stackFile(stack), stack);
    const open = resources.filter(({ protect }) => !protect).map(({ type }) => type);
    expect([...new Set(open)].sort()).toEqual([
      "kubernetes:policy/v1:PodDisruptionBudget",
      "pulumi:providers:kubernetes",
    ]);
  }
});

test("no machine's path gets into the state", async () => {
  process.env.KUBECONFIG = "/home/somebody/.kube/config";
  const { resources } = await run(stackFile("production"), "production");
  delete process.env.KUBECONFIG;
  expect(JSON.stringify(resources)).not.toContain("somebody");
});
