// What the edge declares for each class of gateway. The whole, for Envoy, is in test/golden.
import { describe, expect, test } from "@jest/globals";
import { environment } from "../../stacks/environment.ts";
import { runWithMocks, type Registered } from "../support/mocks.ts";
import { asRaw, loadEnvironment, stackFile } from "../support/stack-config.ts";

interface Declared {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

/** The objects of the edge, by kind and name, for production with other settings of the gateway. */
async function edge(gateway: object, limits: object = {}): Promise<Record<string, Declared>> {
  const config = stackFile("production");
  const cluster = config.cluster as { gateway: object };
  const { resources } = await runWithMocks(() =>
    environment(
      loadEnvironment(
        asRaw({
          ...config,
          edge: limits,
          cluster: { ...cluster, gateway: { ...cluster.gateway, ...gateway } },
        }),
      ),
    ),
  );
  const ofEdge = ({ parent }: Registered) => parent === "pulse:kubernetes:EdgeGateway pulse";
  const objects = resources.filter(ofEdge).map(({ inputs }) => inputs as Declared);
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

describe("envoy", () => {
  test("a Gateway with TLS, a certificate for it, a redirect and two policies", async () => {
    const objects = await edge({});
    expect(Object.keys(objects).sort()).toEqual([
      "BackendTrafficPolicy pulse-messages-limits",
      "Certificate pulse-tls",
      "ClientTrafficPolicy pulse-clients",
      "Gateway pulse",
      "HTTPRoute pulse-messages-redirect",
    ]);
    expect(objects["Certificate pulse-tls"]?.spec).toMatchObject({
      secretName: "pulse-tls",
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt" },
      dnsNames: ["api.example.com"],
    });
    expect(objects["Gateway pulse"]?.spec.listeners).toMatchObject([
      { name: "http", protocol: "HTTP", port: 80 },
      {
        name: "https",
        protocol: "HTTPS",
        port: 443,
        hostname: "api.example.com",
        tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: "pulse-tls" }] },
      },
      { name: "internal", protocol: "HTTP", port: 8090 },
    ]);
  });

  test("a policy never has a field that would keep the colours from sharing their Envoy clusters", async () => {
    const objects = await edge({});
    const limits = objects["BackendTrafficPolicy pulse-messages-limits"]?.spec ?? {};
    expect(Object.keys(limits).sort()).toEqual(["mergeType", "rateLimit", "requestBuffer", "targetRefs"]);
    expect(objects["ClientTrafficPolicy pulse-clients"]?.spec).not.toHaveProperty("http1");
  });

  test("WebSockets get through only where bodies are not waited for", async () => {
    const spec = async (webSockets: boolean) =>
      (await edge({}, { webSockets }))["BackendTrafficPolicy pulse-messages-limits"]?.spec;
    expect(await spec(false)).toMatchObject({ requestBuffer: { limit: "1Mi" } });
    expect(await spec(true)).not.toHaveProperty("requestBuffer");
  });

  test("a proxy in front is believed only where the config says so", async () => {
    const spec = async (trustedProxies: number) =>
      (await edge({}, { trustedProxies }))["ClientTrafficPolicy pulse-clients"]?.spec;
    expect(await spec(0)).not.toHaveProperty("clientIPDetection");
    expect(await spec(2)).toMatchObject({ clientIPDetection: { xForwardedFor: { numTrustedHops: 2 } } });
  });
});

test("a Gateway of somebody else's gets routes and limits of the route, and is left alone", async () => {
  const objects = await edge({ create: false, tls: undefined, namespace: "edge" });
  expect(Object.keys(objects).sort()).toEqual([
    "BackendTrafficPolicy pulse-messages-limits",
    "HTTPRoute pulse-messages-redirect",
  ]);
});

test("nginx: the same limits in its own words, beside a Gateway in a namespace of its own", async () => {
  const objects = await edge({ kind: "nginx", className: "nginx", namespace: "edge" });
  expect(Object.keys(objects).sort()).toEqual([
    "Certificate pulse-tls",
    "ClientSettingsPolicy pulse-messages-clients",
    "Gateway pulse",
    "HTTPRoute pulse-messages-redirect",
    "RateLimitPolicy pulse-messages-limits",
  ]);
  const target = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "pulse-messages" };
  expect(objects["RateLimitPolicy pulse-messages-limits"]?.spec).toEqual({
    targetRefs: [target],
    rateLimit: {
      rejectCode: 429,
      local: {
        rules: [{ key: "$binary_remote_addr", rate: "100r/s", burst: 100, noDelay: true, zoneSize: "10m" }],
      },
    },
  });
  expect(objects["ClientSettingsPolicy pulse-messages-clients"]?.spec).toEqual({
    targetRef: target,
    body: { maxSize: "1m", timeout: "30s" },
    keepAlive: { timeout: { server: "300s" } },
  });
  expect(objects["Gateway pulse"]).toMatchObject({
    metadata: { namespace: "edge" },
    spec: {
      listeners: Array.from({ length: 3 }, () =>
        expect.objectContaining({
          allowedRoutes: {
            namespaces: {
              from: "Selector",
              selector: { matchLabels: { "kubernetes.io/metadata.name": "pulse-messages" } },
            },
          },
        }),
      ),
    },
  });
});
