import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { diff } from "../../sandbox/providers/kubernetes/diff.ts";
import { importedInputs, liveInputs } from "../../sandbox/providers/kubernetes/prune.ts";
import { parseQuantity, sameQuantity } from "../../sandbox/providers/kubernetes/quantity.ts";
import { unknownValue, type JsonObject } from "../../sandbox/providers/kubernetes/values.ts";

const immutable = { configMap: false, secret: false };
const mutable = { configMap: true, secret: true };

function compare(
  kind: string,
  olds: JsonObject,
  news: JsonObject,
  mutability = immutable,
): [string, string][] {
  const [apiVersion = "", name = ""] = kind.includes(" ") ? kind.split(" ") : ["v1", kind];
  const named = (inputs: JsonObject): JsonObject => ({
    apiVersion,
    kind: name,
    metadata: { name: "web" },
    ...inputs,
  });
  const { changes } = diff(named(olds), named(news), { apiVersion, kind: name }, mutability);
  return [...changes].map(([path, change]) => [
    path,
    change.replace ? `${change.kind} replace` : change.kind,
  ]);
}

test("a switch of weights is two changed leaves, in place", () => {
  const rules = (blue: number): JsonObject => ({
    spec: { rules: [{ backendRefs: [{ weight: blue }, { weight: 100 - blue }] }] },
  });
  expect(compare("gateway.networking.k8s.io/v1 HTTPRoute", rules(100), rules(0))).toEqual([
    ["spec.rules[0].backendRefs[0].weight", "update"],
    ["spec.rules[0].backendRefs[1].weight", "update"],
  ]);
});

test.each<[string, JsonObject, JsonObject, string, string]>([
  [
    "apps/v1 Deployment",
    { spec: { selector: { matchLabels: { app: "a" } } } },
    { spec: { selector: { matchLabels: { app: "b" } } } },
    "spec.selector.matchLabels.app",
    "update replace",
  ],
  ["apps/v1 Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, "spec.replicas", "update"],
  [
    "apps/v1 StatefulSet",
    { spec: { serviceName: "a" } },
    { spec: { serviceName: "b" } },
    "spec.serviceName",
    "update replace",
  ],
  ["Service", { spec: { clusterIP: "None" } }, { spec: {} }, "spec.clusterIP", "delete replace"],
  [
    "Service",
    { spec: { selector: { app: "a" } } },
    { spec: { selector: { app: "b" } } },
    "spec.selector.app",
    "update",
  ],
  [
    "batch/v1 Job",
    { spec: { template: { x: 1 } } },
    { spec: { template: { x: 2 } } },
    "spec.template.x",
    "update replace",
  ],
  [
    "rbac.authorization.k8s.io/v1 RoleBinding",
    { roleRef: { name: "a" } },
    { roleRef: { name: "b" } },
    "roleRef.name",
    "update replace",
  ],
  [
    "Pod",
    { spec: { containers: [{ image: "a" }] } },
    { spec: { containers: [{ image: "b" }] } },
    "spec.containers[0].image",
    "update",
  ],
  ["Pod", { spec: { nodeName: "a" } }, { spec: { nodeName: "b" } }, "spec.nodeName", "update replace"],
  ["ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "data.a", "update replace"],
  [
    "ConfigMap",
    {},
    { metadata: { name: "web", labels: { "app.kubernetes.io/name": "x" } } },
    "metadata.labels",
    "add",
  ],
  [
    "ConfigMap",
    { metadata: { name: "web", labels: { "a/b": "x" } } },
    { metadata: { name: "web", labels: {} } },
    'metadata.labels["a/b"]',
    "delete",
  ],
  ["ConfigMap", {}, { metadata: { name: "other" } }, "metadata.name", "update replace"],
  ["ConfigMap", {}, { metadata: { name: "web", namespace: "b" } }, "metadata.namespace", "add replace"],
  ["networking.k8s.io/v1 NetworkPolicy", { spec: {} }, { spec: { ingress: [] } }, "spec.ingress", "add"],
])("%s: %j to %j", (kind, olds, news, path, change) => {
  expect(compare(kind, olds, news)).toEqual([[path, change]]);
});

test("data of ConfigMaps and Secrets changes in place only where the provider is told so", () => {
  const [olds, news] = [{ data: { a: "1" } }, { data: { a: "2" } }];
  expect(compare("ConfigMap", olds, news, mutable)).toEqual([["data.a", "update"]]);
  expect(compare("Secret", olds, news)).toEqual([["data.a", "update replace"]]);
  expect(compare("ConfigMap", olds, { ...news, immutable: true }, mutable)).toContainEqual([
    "data.a",
    "update replace",
  ]);
});

test("an object that keeps its name is deleted first, one with a generated name afterwards", () => {
  const gvk = { apiVersion: "v1", kind: "ConfigMap" };
  const inputs = (value: string, annotations: JsonObject = {}): JsonObject => ({
    metadata: { name: "a", annotations },
    data: { a: value },
  });
  const generated = { "pulumi.com/autonamed": "true" };
  expect(diff(inputs("1"), inputs("2"), gvk, immutable).deleteBeforeReplace).toBe(true);
  expect(diff(inputs("1", generated), inputs("2", generated), gvk, immutable).deleteBeforeReplace).toBe(
    false,
  );
  expect(
    diff(inputs("1"), { ...inputs("2"), metadata: { name: "b" } }, gvk, immutable).deleteBeforeReplace,
  ).toBe(false);
});

test("what the server writes differently or by default is no change", () => {
  expect(compare("ConfigMap", {}, { metadata: { name: "web", namespace: "default" } })).toEqual([]);
  const limits = (cpu: string | number): JsonObject => ({
    spec: { template: { spec: { containers: [{ resources: { limits: { cpu } } }] } } },
  });
  expect(compare("apps/v1 Deployment", limits("1000m"), limits(1))).toEqual([]);
  expect(compare("apps/v1 Deployment", limits("1000m"), limits("1100m"))).toHaveLength(1);
  expect(compare("ConfigMap", { data: { v: "1" } }, { data: { v: "1.0" } }, mutable)).toHaveLength(1);
});

test("an unknown value counts as a change", () => {
  expect(compare("ConfigMap", { data: { a: "1" } }, { data: { a: unknownValue } })).toEqual([
    ["data.a", "update replace"],
  ]);
});

test("quantities are compared by amount", () => {
  expect([
    parseQuantity("1Gi"),
    parseQuantity("500m"),
    parseQuantity("1e3"),
    parseQuantity("x"),
    parseQuantity("1 Gi"),
  ]).toEqual([1073741824, 0.5, 1000, undefined, undefined]);
  expect(sameQuantity("1024Mi", "1Gi", "spec.resources.limits.memory")).toBe(true);
  expect(sameQuantity("1", "1.0", "metadata.labels.version")).toBe(false);
});

const ours = (fieldsV1: JsonObject): JsonObject => ({
  managedFields: [{ manager: "pulse-infra", fieldsV1 }],
});

test("server defaults are no drift, a changed weight is", () => {
  const inputs = { kind: "HTTPRoute", spec: { rules: [{ backendRefs: [{ name: "a", weight: 100 }] }] } };
  const live = (weight: number, more: JsonObject = {}): JsonObject => ({
    kind: "HTTPRoute",
    metadata: ours({ "f:spec": { "f:rules": {} } }),
    spec: {
      rules: [{ backendRefs: [{ group: "", kind: "Service", name: "a", weight, ...more }], matches: [{}] }],
    },
  });
  expect(liveInputs(inputs, live(100), live(100))).toEqual(inputs);
  const drifted = liveInputs(inputs, live(40), live(100)) as typeof inputs;
  expect(drifted.spec.rules[0]?.backendRefs).toEqual([{ name: "a", weight: 40 }]);
});

test("in a list that is one value, what others add is drift", () => {
  const inputs = { spec: { rules: [{ name: "a" }] } };
  const live = (rules: JsonObject[]): JsonObject => ({
    metadata: ours({ "f:spec": { "f:rules": {} } }),
    spec: { rules },
  });
  const recorded = live([{ name: "a" }]);
  expect(liveInputs(inputs, live([{ name: "a" }, { name: "b" }]), recorded)).toEqual({
    spec: { rules: [{ name: "a" }, { name: "b" }] },
  });
  expect(liveInputs(inputs, live([{ name: "a", filter: 1 }]), recorded)).toEqual({
    spec: { rules: [{ name: "a", filter: 1 }] },
  });
});

test("in a list with keys, other managers' items and order do not matter, but missing ones do", () => {
  const nodes = ours({ "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': {} } } });
  const inputs = { spec: { ports: [{ port: 80 }] } };
  const live = (ports: JsonObject[]): JsonObject => ({ metadata: nodes, spec: { ports } });
  const recorded = live([{ port: 80, protocol: "TCP" }]);
  expect(
    liveInputs(
      inputs,
      live([
        { port: 81, protocol: "TCP" },
        { port: 80, protocol: "TCP" },
      ]),
      recorded,
    ),
  ).toEqual(inputs);
  expect(liveInputs(inputs, live([{ port: 81, protocol: "TCP" }]), recorded)).toEqual({
    spec: { ports: [] },
  });
});

test("a removed field is drift; one the server never kept is not", () => {
  const inputs = { metadata: { labels: { a: "1" } }, spec: { empty: {} } };
  const recorded = { metadata: { labels: { a: "1" } } };
  expect(liveInputs(inputs, { metadata: { labels: {} } }, recorded)).toEqual({
    metadata: { labels: {} },
    spec: { empty: {} },
  });
});

test("a Secret's stringData drifts with its data", () => {
  const inputs = { kind: "Secret", stringData: { p: "x" } };
  const data = (text: string): JsonObject => ({
    kind: "Secret",
    data: { p: Buffer.from(text).toString("base64") },
  });
  expect(liveInputs(inputs, data("x"), data("x"))).toEqual(inputs);
  expect(liveInputs(inputs, data("y"), data("x"))).toEqual({ kind: "Secret", stringData: { p: "y" } });
});

test("nothing has drifted where the live object is as it was, whatever it looks like", () => {
  const json = fc.letrec<{ any: JsonObject }>((tie) => ({
    any: fc.dictionary(
      fc.string({ maxLength: 4 }).filter((key) => key !== "__proto__"),
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.array(fc.oneof(fc.integer(), tie("any")), { maxLength: 3 }),
        tie("any"),
      ),
      { maxKeys: 4 },
    ),
  })).any;
  fc.assert(
    fc.property(json, (object) => {
      expect(liveInputs(object, object, object)).toEqual(object);
    }),
  );
});

test("an import takes all but what only the server writes", () => {
  const live = {
    kind: "ConfigMap",
    metadata: {
      name: "a",
      uid: "1",
      resourceVersion: "2",
      managedFields: [],
      annotations: { "deployment.kubernetes.io/revision": "1" },
    },
    data: { a: "1" },
    status: {},
  };
  expect(importedInputs(live)).toEqual({ kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } });
});
