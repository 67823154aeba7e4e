import { describe, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { connect, createServer } from "node:tls";
import { Authority } from "../../sandbox/cluster/certificates.ts";
import { reachable, type Slice } from "../../sandbox/cluster/endpoints.ts";
import { mountsBelow } from "../../sandbox/cluster/mounts.ts";
import { overlapping } from "../../sandbox/cluster/network.ts";
import { gatewayStatus, plan, routeStatus, type Watched } from "../../sandbox/cluster/route-status-rules.ts";
import { targetsOf, type MetricsPod } from "../../sandbox/cluster/scrape-targets.ts";
import { waitFor } from "../../sandbox/cluster/wait.ts";

describe("certificates", () => {
  const authority = new Authority("test authority");
  const pair = authority.issue({
    commonName: "server",
    organization: "group",
    hosts: ["127.0.0.1", "name.test"],
  });

  test("carry their names and their authority's signature", () => {
    const ca = new X509Certificate(authority.certificate);
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.subject).toBe("O=group\nCN=server");
    expect(certificate.subjectAltName).toBe("IP Address:127.0.0.1, DNS:name.test");
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  });

  test("are accepted by TLS, of servers and of clients", async () => {
    const client = authority.issue({ commonName: "client" });
    const server = createServer(
      {
        cert: pair.certificate,
        key: pair.key,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => socket.end(`hello ${String(socket.getPeerCertificate().subject.CN)}`),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({
        host: "127.0.0.1",
        port,
        ca: authority.certificate,
        cert: client.certificate,
        key: client.key,
      });
      let received = "";
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    server.close();
    expect(text).toBe("hello client");
  });
});

describe("endpoints of the Envoys", () => {
  const slice = (service: string, created: string, endpoints: Slice["endpoints"]): Slice => ({
    metadata: { labels: { "kubernetes.io/service-name": service }, creationTimestamp: created },
    ports: [
      { name: "https-443", port: 10_443 },
      { name: "http-80", port: 10_080 },
    ],
    endpoints,
  });
  const at = (address: string, ready: boolean, serving = ready) => ({
    addresses: [address],
    conditions: { ready, serving, terminating: serving && !ready },
  });

  test("are the ready ones of the listener on port 80", () => {
    const slices = [slice("a", "2026-01-01", [at("10.0.0.1", true), at("10.0.0.2", false, true)])];
    expect(reachable(slices, "http-80")).toEqual([{ host: "10.0.0.1", port: 10_080 }]);
  });

  test("are those of another listener where that is asked for, and none where there is no such listener", () => {
    const slices = [slice("a", "2026-01-01", [at("10.0.0.1", true)])];
    expect(reachable(slices, "https-443")).toEqual([{ host: "10.0.0.1", port: 10_443 }]);
    expect(reachable(slices, "http-8090")).toEqual([]);
    expect(reachable([{ ...slices[0], ports: [{ name: "http-81", port: 10_081 }] }], "http-80")).toEqual([
      { host: "10.0.0.1", port: 10_081 },
    ]);
  });

  test("are ending ones only where none is ready", () => {
    const slices = [slice("a", "2026-01-01", [at("10.0.0.1", false), at("10.0.0.2", false, true)])];
    expect(reachable(slices, "http-80")).toEqual([{ host: "10.0.0.2", port: 10_080 }]);
  });

  test("belong to the oldest Gateway", () => {
    const slices = [
      slice("late", "2026-01-02", [at("10.0.0.9", true)]),
      slice("early", "2026-01-01", [at("10.0.0.1", true)]),
    ];
    expect(reachable(slices, "http-80").map(({ host }) => host)).toEqual(["10.0.0.1"]);
    expect(reachable([], "http-80")).toEqual([]);
  });
});

describe("what Prometheus is told to scrape", () => {
  const pod = (
    name: string,
    annotations: Record<string, string>,
    status: MetricsPod["status"],
  ): MetricsPod => ({
    metadata: {
      name,
      namespace: "pulse",
      labels: { color: "green" },
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`prometheus.io/${key}`, value]),
      ),
    },
    status,
  });
  const running = { podIP: "10.0.0.1", phase: "Running" };
  const app = { scrape: "true", port: "8080", path: "/metrics" };

  test("is every running pod that asks for it", () => {
    expect(targetsOf([pod("green-1", app, running)])).toEqual([
      {
        targets: ["10.0.0.1:8080"],
        labels: { __metrics_path__: "/metrics", namespace: "pulse", pod: "green-1", color: "green" },
      },
    ]);
  });

  test("is of an Envoy no more than what is looked at", () => {
    const [envoy] = targetsOf([pod("envoy", { ...app, path: "/stats/prometheus" }, running)]);
    expect(envoy?.labels).toMatchObject({
      __metrics_path__: "/stats/prometheus",
      __param_filter: "upstream_rq",
    });
  });

  test("is none that does not ask, runs no more, or has no address yet", () => {
    const pods = [
      pod("a", {}, running),
      pod("b", { ...app, scrape: "false" }, running),
      pod("c", app, { phase: "Pending" }),
      pod("d", app, { ...running, phase: "Succeeded" }),
      pod("e", { scrape: "true" }, running),
    ];
    expect(targetsOf(pods)).toEqual([]);
  });
});

describe("networks in use", () => {
  const header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
  const route = (name: string, destination: string, mask: string) =>
    `${name}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0\n`;

  test.each([
    ["the default route", route("eth0", "00000000", "00000000"), undefined],
    ["another network", route("eth0", "0002000A", "0000FFFF"), undefined],
    ["the same network", route("cni0", "0000F40A", "0000FFFF"), "cni0"],
    ["a part of it", route("vpn0", "0005F40A", "00FFFFFF"), "vpn0"],
    ["a wider one", route("lan0", "0000000A", "000000FF"), "lan0"],
  ])("%s", (_, lines, expected) => {
    expect(overlapping(header + lines)).toBe(expected);
  });
});

test("mounts below a folder, the deepest first", () => {
  const line = (path: string) => `36 35 98:0 / ${path} rw,noatime shared:1 - ext4 /dev/root rw`;
  const text = [line("/run/a"), line("/run/a/b"), line("/run/a/b/c\\040d"), line("/run/ab"), line("/")].join(
    "\n",
  );
  expect(mountsBelow(["/run/a"], text)).toEqual(["/run/a/b/c d", "/run/a/b"]);
});

describe("status of routes and gateways without Envoy", () => {
  const route: Watched = {
    metadata: { name: "r", namespace: "n", generation: 3 },
    spec: { parentRefs: [{ name: "g" }] },
  };

  test("accepts a route at its newest generation", () => {
    const { parents } = routeStatus(route);
    expect(parents[0]?.parentRef).toEqual({ name: "g" });
    expect(
      parents[0]?.conditions.map(({ type, status, observedGeneration }) => [
        type,
        status,
        observedGeneration,
      ]),
    ).toEqual([
      ["Accepted", "True", 3],
      ["ResolvedRefs", "True", 3],
    ]);
  });

  test("is written once for each generation, whatever order and times the server keeps", () => {
    const status = routeStatus(route);
    const stored = JSON.parse(JSON.stringify(status), (key, value: unknown) =>
      key === "lastTransitionTime" ? "2020-01-01T00:00:00Z" : value,
    ) as object;
    expect(plan({ ...route, status: stored }, status)).toBeUndefined();
    const changed = { ...route, metadata: { ...route.metadata, generation: 4 }, status: stored };
    expect(plan(changed, routeStatus(changed))).toBeDefined();
  });

  test("programs every listener of a gateway", () => {
    const status = gatewayStatus({
      metadata: { name: "g" },
      spec: { listeners: [{ name: "http", protocol: "HTTP" }] },
    });
    expect(status.listeners[0]?.supportedKinds[0]?.kind).toBe("HTTPRoute");
    expect(status.conditions.map(({ type }) => type)).toEqual(["Accepted", "Programmed"]);
  });
});

describe("waiting", () => {
  test("ends with a sentence that has the reason and the hint", async () => {
    const wait = waitFor(() => Promise.reject(new Error("no answer")), {
      what: "The thing",
      timeoutSeconds: 0.05,
      everyMs: 5,
      hint: () => "See its log.",
    });
    await expect(wait).rejects.toThrow("The thing was not ready after 0.05 s. See its log. no answer");
  });

  test("ends at once when aborted", async () => {
    const abort = new AbortController();
    const wait = waitFor(() => Promise.resolve(false), { what: "It", everyMs: 60_000, signal: abort.signal });
    abort.abort(new Error("interrupted"));
    await expect(wait).rejects.toThrow();
  });
});
