import { describe, expect, test } from "@jest/globals";
import { ConfigError } from "../../infra/config/load.ts";
import { asRaw, leastEnvironment, loadEnvironment, stackFile } from "../support/stack-config.ts";

const digests = {
  blue: `ghcr.io/example/app@sha256:${"a".repeat(64)}`,
  green: `ghcr.io/example/app@sha256:${"b".repeat(64)}`,
};

/** The lines of the error, without the first. */
function mistakes(change: Record<string, unknown>, secretKeys: string[] = []): string[] {
  try {
    loadEnvironment(asRaw({ ...leastEnvironment, ...change }, { secretKeys }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...lines] = error.message.split("\n");
    expect(first).toBe(
      `Pulumi.test.yaml has ${lines.length === 1 ? "1 mistake" : `${lines.length} mistakes`}:`,
    );
    return lines.map((line) => line.trim());
  }
  return [];
}

test.each(["sandbox", "staging", "production"])("the committed %s stack has no mistakes", (stack) => {
  const { config } = loadEnvironment(asRaw(stackFile(stack), { stack }));
  expect(config.environment).toBe(stack);
});

test("six keys are enough; the rest has the defaults that production spells out", () => {
  const { config: short } = loadEnvironment(asRaw(leastEnvironment));
  const { config: production } = loadEnvironment(asRaw(stackFile("production")));
  // What no default can know: the certificate, what the application has to reach, and the watcher's image.
  const { tls } = production.cluster.gateway;
  const { appEgress, backupEgress } = production.network;
  const image = production.release.watcher?.image;
  const { config: watched } = loadEnvironment(
    asRaw({
      ...leastEnvironment,
      registries: ["ghcr.io/example"],
      environment: "production",
      images: stackFile("production").images,
      cluster: { context: "production" },
      release: { watcher: { image } },
    }),
  );
  expect({
    ...short,
    cluster: {
      ...short.cluster,
      context: "production",
      gateway: { ...short.cluster.gateway, create: true, tls },
    },
    network: { ...short.network, appEgress, backupEgress },
    release: watched.release,
  }).toEqual({
    ...production,
    environment: "staging",
    images: leastEnvironment.images,
  });
});

describe("single mistakes", () => {
  const weight = "allowed: a whole number from 0 to 100";
  const pinned = "allowed: a digest, name@sha256:<64 hex digits>, or a full version tag such as name:1.4.2";
  test.each<[Record<string, unknown>, string]>([
    [{ canaryWeight: "101" }, `canaryWeight is 101; ${weight}`],
    [{ canaryWeight: "-1" }, `canaryWeight is -1; ${weight}`],
    [{ canaryWeight: "12.5" }, `canaryWeight is 12.5; ${weight}`],
    [{ canaryWeight: "ten" }, `canaryWeight is "ten"; ${weight}`],
    [{ canaryWeight: "" }, `canaryWeight is ""; ${weight}`],
    [{ activeColor: "purple" }, 'activeColor is "purple"; allowed: blue, green'],
    [{ activeColor: undefined }, "activeColor is missing; allowed: blue, green"],
    [{ kind: "enviroment" }, 'kind is "enviroment"; allowed: environment, platform'],
    [{ environment: "test" }, 'environment is "test"; allowed: sandbox, staging, production'],
    [{ allowLiveChange: "yes" }, 'allowLiveChange is "yes"; allowed: true or false'],
    [{ hostname: "API" }, 'hostname is "API"; allowed: a host name such as api.example.com'],
    [
      { activeColour: "green" },
      'activeColour is not a known key (its value is "green"); did you mean activeColor?',
    ],
    [
      { cluster: { gatway: { name: "x" } } },
      'cluster.gatway is not a known key (its value is {"name":"x"}); did you mean gateway?',
    ],
    [
      { images: { blue: "ghcr.io/example/app:1.0.0", red: "ghcr.io/example/app:1.0.0" } },
      'images.red is not a known key (its value is "ghcr.io/example/app:1.0.0"); the known keys here are blue, green',
    ],
    [{ probes: "fast" }, 'probes is "fast"; allowed: a group of liveness, readiness, startup'],
    [
      { scaling: [] },
      "scaling is []; allowed: a group of minReplicas, maxReplicas, cpuPercent, memoryPercent, standbyReplicas",
    ],
    [
      { scaling: { minReplicas: 1 } },
      "scaling.minReplicas is 1; allowed: a whole number from 2 to 1000 pods",
    ],
    [{ app: { containerPort: 80 } }, "app.containerPort is 80; allowed: a whole number from 1024 to 65535"],
    [
      { cluster: { kubeconfig: "kubeconfig" } },
      'cluster.kubeconfig is "kubeconfig"; allowed: the absolute path of a kubeconfig',
    ],
    [{ app: { user: 0 } }, "app.user is 0; allowed: a whole number from 1 to 65535"],
    [{ app: { readyPath: "ready" } }, 'app.readyPath is "ready"; allowed: a path that starts with /'],
    [
      { app: { name: "Pulse" } },
      'app.name is "Pulse"; allowed: at most 57 of a-z, 0-9 and -, starting with a letter and not ending with -',
    ],
    [
      { resources: { limits: { memory: "lots" } } },
      'resources.limits.memory is "lots"; allowed: bytes such as 256Mi or 1Gi',
    ],
    [
      { images: { blue: "ghcr.io/example/app:latest" } },
      `images.blue is "ghcr.io/example/app:latest", which has the tag latest, which can move; ${pinned}`,
    ],
    [
      { images: { blue: "ghcr.io/example/app" } },
      `images.blue is "ghcr.io/example/app", which has neither tag nor digest, which means latest; ${pinned}`,
    ],
    [
      { images: { green: "ghcr.io/example/app:1.1.0" } },
      'images.blue is missing, but activeColor is "blue"; allowed: an image for the active colour',
    ],
    [
      { images: { blue: "ghcr.io/example/app:1.0.0" }, canaryWeight: "10" },
      "canaryWeight is 10, but images.green is missing; allowed: 0, or an image for green",
    ],
    [
      { idleSize: "standby", canaryWeight: "10" },
      'idleSize is "standby", but canaryWeight is 10; allowed: "warm" while the idle colour has traffic',
    ],
    [
      { scaling: { minReplicas: 12 } },
      "scaling.minReplicas is 12; allowed: at most scaling.maxReplicas, which is 10",
    ],
    [
      { scaling: { standbyReplicas: 4 } },
      "scaling.standbyReplicas is 4; allowed: at most scaling.minReplicas, which is 3",
    ],
    [{ rollout: { minReady: 4 } }, "rollout.minReady is 4; allowed: at most scaling.minReplicas, which is 3"],
    [
      { rollout: { minReadySeconds: 60, readyTimeoutSeconds: 60 } },
      "rollout.minReadySeconds is 60; allowed: less than rollout.readyTimeoutSeconds, which is 60",
    ],
    [
      { resources: { requests: { memory: "1Gi" } } },
      'resources.requests.memory is "1Gi"; allowed: at most resources.limits.memory, which is "512Mi"',
    ],
    [
      {
        environment: "production",
        cluster: { context: "production" },
        images: { blue: "ghcr.io/example/app:1.0.0" },
      },
      'images.blue is "ghcr.io/example/app:1.0.0", which has a tag, which can be pushed again; allowed in production: a digest, name@sha256:<64 hex digits>',
    ],
    [
      { environment: "production", images: digests },
      "cluster.context is missing; allowed in production: the name of a context in the kubeconfig, so that it never goes to the cluster that happens to be current",
    ],
    [
      { cluster: { gateway: { create: true } } },
      "cluster.gateway.tls is missing, but create is true; allowed: certManagerIssuer: {name}, or secretName",
    ],
    [
      { cluster: { gateway: { create: true, tls: {} } } },
      "cluster.gateway.tls names no certificate; allowed: certManagerIssuer: {name}, or secretName",
    ],
    [
      { cluster: { gateway: { create: true, tls: { certManagerIssuer: { name: "a" }, secretName: "b" } } } },
      "cluster.gateway.tls names two certificates; allowed: certManagerIssuer: {name}, or secretName",
    ],
    [
      {
        cluster: {
          gateway: { create: true, tls: { certManagerIssuer: { name: "a" }, secretNamespace: "b" } },
        },
      },
      "cluster.gateway.tls.secretNamespace is there, but secretName is missing; allowed: both or neither",
    ],
    [
      { cluster: { gateway: { create: false, tls: { secretName: "a" } } } },
      "cluster.gateway.tls is there, but create is false; allowed: leave it out; the certificate is the Gateway's owner's",
    ],
    [
      { cluster: { gateway: { create: true, tls: { secretName: "a" }, httpsPort: 80 } } },
      "cluster.gateway.httpPort is 80, httpsPort 80 and internalPort 8090; allowed: three different ports",
    ],
    [
      { cluster: { gateway: { kind: "nginx" } } },
      "cluster.gateway.namespace is missing; allowed with kind nginx: another one than the app's, since its proxies run beside the Gateway",
    ],
    [
      { cluster: { gateway: { kind: "nginx", namespace: "pulse-messages" } } },
      "cluster.gateway.namespace is \"pulse-messages\", the app's own; allowed with kind nginx: another one than the app's, since its proxies run beside the Gateway",
    ],
    [
      { cluster: { gateway: { kind: "traefik" } } },
      'cluster.gateway.kind is "traefik"; allowed: envoy, nginx',
    ],
    [{ edge: { requestSize: "1M" } }, 'edge.requestSize is "1M"; allowed: bytes such as 60Ki or 1Mi'],
    [
      { edge: { contentSources: { "img-src": ["data:; script-src *"] } } },
      'edge.contentSources.img-src.0 is "data:; script-src *"; allowed: a source without spaces, commas and semicolons',
    ],
    [
      { edge: { contentSources: { "img src": ["data:"] } } },
      "edge.contentSources.img src is \"img src\"; allowed: sources by directive, such as img-src: ['self']",
    ],
    [
      { images: { blue: "docker.io/example/app:1.0.0" } },
      'images.blue is "docker.io/example/app:1.0.0", which comes from no registry in registries; allowed: images of ghcr.io/example',
    ],
    [{ registries: [] }, "registries is []; allowed: a list of one or more registries"],
    [
      { registries: ["https://ghcr.io"] },
      'registries.0 is "https://ghcr.io"; allowed: a registry such as ghcr.io/example',
    ],
    [
      { network: { appEgress: [{ cidr: "10.0.0.0", ports: [443] }] } },
      'network.appEgress.0.cidr is "10.0.0.0"; allowed: a network such as 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      { network: { appEgress: [{ cidr: "10.0.0.0/8", ports: [] }] } },
      "network.appEgress.0.ports is []; allowed: a list of one or more ports",
    ],
    [
      { otherPods: { requests: { cpu: "1" } } },
      'otherPods.requests.cpu is "1"; allowed: at most otherPods.limits.cpu, which is "500m"',
    ],
  ])("%j", (change, line) => {
    expect(mistakes(change)).toEqual([line]);
  });
});

test("all of them are told at once, also inside one group, and rules across groups still run", () => {
  expect(
    mistakes({
      kind: undefined,
      activeColour: "green",
      canaryWeight: "101",
      images: { blue: "ghcr.io/example/app:latest", green: "ghcr.io/example/app" },
      app: { env: { "NOT OK": "x", COUNT: 3 } },
      scaling: { cpuPercent: 0, minReplicas: 12, max: 20 },
    }),
  ).toEqual([
    'activeColour is not a known key (its value is "green"); did you mean activeColor?',
    "kind is missing; allowed: environment, platform",
    "canaryWeight is 101; allowed: a whole number from 0 to 100",
    'app.env.NOT OK is "NOT OK"; allowed: names of letters, digits and _ with text values',
    "app.env.COUNT is 3; allowed: text",
    "scaling.max is not a known key (its value is 20); the known keys here are minReplicas, maxReplicas, cpuPercent, memoryPercent, standbyReplicas",
    "scaling.cpuPercent is 0; allowed: a whole number from 1 to 100 percent of the request",
    expect.stringMatching(/^images\.blue is "ghcr\.io\/example\/app:latest"/),
    expect.stringMatching(/^images\.green is "ghcr\.io\/example\/app"/),
    "scaling.minReplicas is 12; allowed: at most scaling.maxReplicas, which is 10",
  ]);
});

test("an empty stack is told everything it needs", () => {
  expect(() => loadEnvironment(asRaw({}, { stack: "new" }))).toThrow(
    [
      "Pulumi.new.yaml has 6 mistakes:",
      "  kind is missing; allowed: environment, platform",
      "  environment is missing; allowed: sandbox, staging, production",
      "  activeColor is missing; allowed: blue, green",
      "  images is missing; allowed: a group of blue, green",
      "  hostname is missing; allowed: a host name such as api.example.com",
      "  registries is missing; allowed: a list of one or more registries",
    ].join("\n"),
  );
});

test("keys of other namespaces are not ours to judge", () => {
  const raw = asRaw(leastEnvironment);
  expect(() =>
    loadEnvironment({ ...raw, values: { ...raw.values, "kubernetes:context": "x" } }),
  ).not.toThrow();
});

describe("secrets", () => {
  test("are allowed in app, whose variables then stay secret", () => {
    const raw = asRaw({ ...leastEnvironment, app: { env: { TOKEN: "hunter2" } } }, { secretKeys: ["app"] });
    expect(loadEnvironment(raw)).toMatchObject({
      secretApp: true,
      config: { app: { env: { TOKEN: "hunter2" } } },
    });
  });

  test("the registry's login has to be one", () => {
    const pullSecret = { server: "ghcr.io", username: "reader", password: "hunter2" };
    const [line = ""] = mistakes({ pullSecret });
    expect(line).toBe(
      "pullSecret is stored in plain text; allowed: `pulumi config set --secret --path pullSecret.password`; change what was in it, too",
    );
    expect(mistakes({ pullSecret }, ["pullSecret"])).toEqual([]);
    expect(mistakes({ pullSecret: { ...pullSecret, password: 7 } }, ["pullSecret"])).toEqual([
      "pullSecret.password is wrong (a secret, so it is not shown); allowed: a password or token",
    ]);
  });

  test("are nowhere else, and no message shows one", () => {
    const lines = mistakes({ hostname: "hunter2!", app: { env: { TOKEN: 123456 }, user: 0, hunter2: "x" } }, [
      "hostname",
      "app",
    ]);
    expect(lines).toEqual([
      "hostname is stored as a secret; allowed: plain; only app (in app.env) and pullSecret may hold secrets",
      expect.stringMatching(
        /^app\.hunter2 is wrong \(a secret, so it is not shown\); the known keys here are /,
      ),
      "app.user is wrong (a secret, so it is not shown); allowed: a whole number from 1 to 65535",
      "app.env.TOKEN is wrong (a secret, so it is not shown); allowed: text",
    ]);
    expect(lines.join()).not.toMatch(/hunter2!|123456/);
  });
});
