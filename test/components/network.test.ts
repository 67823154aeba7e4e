// Who reaches whom in production's namespace: the policies as they are declared, read by the rules of Kubernetes.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { environment } from "../../stacks/environment.ts";
import { runWithMocks } from "../support/mocks.ts";
import { connects, type End, type Policy } from "../support/network.ts";
import { asRaw, loadEnvironment, stackFile } from "../support/stack-config.ts";

let policies: Policy[];
beforeAll(async () => {
  const { resources } = await runWithMocks(() =>
    environment(loadEnvironment(asRaw(stackFile("production")))),
  );
  policies = resources
    .filter(({ type }) => type.endsWith(":NetworkPolicy"))
    .map(({ inputs }) => inputs as Policy);
});

const own = (labels: Record<string, string>): End => ({ namespace: "pulse-messages", labels });
const ends = {
  app: own({ "app.kubernetes.io/name": "pulse-messages", color: "blue" }),
  green: own({ "app.kubernetes.io/name": "pulse-messages", color: "green" }),
  stranger: own({ "app.kubernetes.io/name": "stranger" }),
  release: own({ "app.kubernetes.io/component": "release-driver" }),
  watcher: own({
    "app.kubernetes.io/name": "release-watcher",
    "app.kubernetes.io/component": "release-watcher",
  }),
  backup: own({ "app.kubernetes.io/component": "backup-writer" }),
  restore: own({ "app.kubernetes.io/component": "backup-restorer" }),
  envoy: { namespace: "envoy-gateway-system" },
  prometheus: { namespace: "monitoring" },
  dns: { namespace: "kube-system" },
  neighbour: { namespace: "default" },
  internet: { address: "203.0.113.7" },
  private: { address: "10.1.2.3" },
  metadata: { address: "169.254.169.254" },
} satisfies Record<string, End>;
type Name = keyof typeof ends;

const every = Object.keys(ends) as Name[];

/** Every way that is open: from, to, port. Whatever is not here is closed. */
const open: [Name, Name, number, ("TCP" | "UDP")?][] = [
  ["envoy", "app", 8080],
  ["envoy", "green", 8080],
  ["prometheus", "app", 8080],
  ["prometheus", "green", 8080],
  ...(["app", "green", "stranger", "release", "watcher", "backup", "restore"] as const).flatMap(
    (from): [Name, Name, number, "TCP" | "UDP"][] => [
      [from, "dns", 53, "UDP"],
      [from, "dns", 53, "TCP"],
    ],
  ),
  ["app", "internet", 443],
  ["green", "internet", 443],
  ["backup", "internet", 443],
  ["backup", "internet", 5432],
  ["restore", "internet", 443],
  ["restore", "internet", 5432],
  ["release", "prometheus", 9090],
  ["watcher", "prometheus", 9090],
  ["watcher", "envoy", 8090],
  ["prometheus", "watcher", 8080],
  // The API server may have any address, a link-local one too, until network.apiServer.cidr says which.
  ...(["internet", "private", "metadata"] as const).flatMap((to): [Name, Name, number][] => [
    ["release", to, 443],
    ["release", to, 6443],
    ["watcher", to, 443],
    ["watcher", to, 6443],
  ]),
];

const ports: [number, "TCP" | "UDP"][] = [
  [53, "UDP"],
  [53, "TCP"],
  [80, "TCP"],
  [443, "TCP"],
  [5432, "TCP"],
  [6443, "TCP"],
  [8080, "TCP"],
  [8090, "TCP"],
  [9090, "TCP"],
];

describe.each(
  every.filter((name) => "labels" in ends[name] || ["envoy", "prometheus", "neighbour"].includes(name)),
)("%s", (from) => {
  test("reaches what it needs, and nothing else of the namespace or from it", () => {
    const line = (to: string, port: number, protocol = "TCP") => `${to} ${port}/${protocol}`;
    const reached = every
      // Two ends outside of the namespace are none of its business, and nobody connects to itself.
      .filter((to) => to !== from && ("labels" in ends[from] || "labels" in ends[to]))
      .flatMap((to) =>
        ports
          .filter(([port, protocol]) =>
            connects(policies, { from: ends[from], to: ends[to], port, protocol }),
          )
          .map(([port, protocol]) => line(to, port, protocol)),
      );
    const wanted = open
      .filter(([name]) => name === from)
      .map(([, to, port, protocol]) => line(to, port, protocol));
    expect(reached.sort()).toEqual(wanted.sort());
  });
});
