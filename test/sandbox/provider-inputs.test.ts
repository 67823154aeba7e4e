import { expect, test } from "@jest/globals";
import { check, type CheckArgs } from "../../sandbox/providers/kubernetes/check.ts";
import {
  fieldManager,
  idOf,
  kindOfType,
  parseId,
  timeoutSeconds,
  typeOfUrn,
} from "../../sandbox/providers/kubernetes/naming.ts";
import {
  asSecret,
  hasUnknown,
  isSecret,
  markSecrets,
  plain,
  unknownValue,
} from "../../sandbox/providers/kubernetes/values.ts";

const urn = (type: string, name = "web"): string =>
  `urn:pulumi:dev::p::pulse:kubernetes:BlueGreenService$${type}::${name}`;
const configMap = urn("kubernetes:core/v1:ConfigMap");
const seed = new Uint8Array([1, 2, 3]);

const checked = (args: Partial<CheckArgs> = {}): ReturnType<typeof check> =>
  check({ urn: configMap, news: {}, olds: {}, seed, namespaced: () => Promise.resolve(true), ...args });

test("a type token says which API serves it", () => {
  expect(typeOfUrn(configMap)).toBe("kubernetes:core/v1:ConfigMap");
  expect(kindOfType("kubernetes:core/v1:ConfigMap")).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
  expect(kindOfType("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")).toEqual({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
  });
});

test("ids carry the namespace where there is one", () => {
  expect(idOf({ metadata: { name: "web", namespace: "pulse" } })).toBe("pulse/web");
  expect(parseId("pulse/web")).toEqual({ namespace: "pulse", name: "web" });
  expect(parseId("web")).toEqual({ name: "web" });
});

test("a resource without a name gets one that follows from the seed, and keeps it", async () => {
  const first = await checked();
  const name = (first.inputs as { metadata: { name: string } }).metadata.name;
  expect(name).toMatch(/^web-[0-9a-f]{8}$/);
  expect((await checked()).inputs).toEqual(first.inputs);
  const later = await checked({ olds: first.inputs, seed: new Uint8Array([9]) });
  expect(later.inputs).toEqual(first.inputs);
});

test("a name given once is not kept as if it had been generated", async () => {
  const { inputs } = await checked({ olds: { metadata: { name: "given" } } });
  expect(inputs).not.toHaveProperty("metadata.name", "given");
});

test("the stack's autonaming setting decides", async () => {
  const { inputs } = await checked({ autonaming: { mode: "enforce", proposedName: "wanted" } });
  expect(inputs).toHaveProperty("metadata.name", "wanted");
  const off = await checked({ autonaming: { mode: "disable", proposedName: "" } });
  expect(off.problems).toEqual(["autonaming is disabled for this stack: metadata.name is required"]);
});

test("the provider's namespace is used where an object names none and its kind has one", async () => {
  const metadata = { name: "web" };
  expect((await checked({ news: { metadata }, defaultNamespace: "pulse" })).inputs).toHaveProperty(
    "metadata.namespace",
    "pulse",
  );
  const cluster = await checked({
    news: { metadata },
    defaultNamespace: "pulse",
    namespaced: () => Promise.resolve(false),
  });
  expect(cluster.inputs).not.toHaveProperty("metadata.namespace");
  const own = await checked({
    news: { metadata: { ...metadata, namespace: "own" } },
    defaultNamespace: "pulse",
  });
  expect(own.inputs).toHaveProperty("metadata.namespace", "own");
});

test("unknown and secret inputs stay what they are", async () => {
  const news = { metadata: { name: unknownValue }, data: { a: asSecret("x"), b: unknownValue } };
  const { inputs, problems } = await checked({ news });
  expect(problems).toEqual([]);
  expect(inputs).toMatchObject(news);
  expect((await checked({ news: { metadata: unknownValue } })).problems).toEqual([]);
});

test.each([
  [
    { metadata: { name: "Web_1" } },
    `metadata.name is "Web_1": lower-case letters, digits, "-" and "." are allowed, at most 253 of them`,
  ],
  [
    { kind: "Secret", metadata: { name: "a" } },
    `kind is "Secret", but kubernetes:core/v1:ConfigMap has "ConfigMap"`,
  ],
  [
    { metadata: { generateName: "a-" } },
    "metadata.generateName does not work with server-side apply: leave out metadata.name to get a generated one",
  ],
  [
    { metadata: { name: "a", annotations: { "pulumi.com/timeoutSeconds": "soon" } } },
    `pulumi.com/timeoutSeconds of ConfigMap a is "soon": a number of seconds above 0 is allowed`,
  ],
  [
    { metadata: { name: "a", annotations: { "pulumi.com/waitFor": "ready" } } },
    `pulumi.com/waitFor of ConfigMap a is "ready": not understood; condition=Type, condition=Type=Status, jsonpath={.path}=value or a JSON array of these are allowed`,
  ],
])("a mistake is told in a sentence: %#", async (news, problem) => {
  expect((await checked({ news })).problems).toEqual([problem]);
});

test("what this stand-in does not serve is refused with a way out", async () => {
  const { problems } = await checked({ urn: urn("kubernetes:helm.sh/v3:Release") });
  expect(problems).toEqual([
    "the Kubernetes stand-in provider does not serve kubernetes:helm.sh/v3:Release: install the official one (pulumi plugin install resource kubernetes)",
  ]);
});

test("a resource's field manager is its annotation, else the recorded one, else one of its own", () => {
  const annotated = { metadata: { annotations: { "pulumi.com/patchFieldManager": "pulse-infra" } } };
  expect(fieldManager(annotated, configMap, "pulumi-kubernetes-old")).toBe("pulse-infra");
  expect(fieldManager({}, configMap, "pulumi-kubernetes-old")).toBe("pulumi-kubernetes-old");
  expect(fieldManager({}, configMap, undefined)).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  expect(fieldManager({}, configMap, undefined)).not.toBe(
    fieldManager({}, urn("kubernetes:core/v1:Secret"), undefined),
  );
});

test("the resource's own time-out wins over the annotation, and that over ten minutes", () => {
  const annotated = { metadata: { annotations: { "pulumi.com/timeoutSeconds": "5" } } };
  expect([timeoutSeconds(annotated, 7), timeoutSeconds(annotated, 0), timeoutSeconds({}, 0)]).toEqual([
    7, 5, 600,
  ]);
});

test("secrets and unknowns are found and kept at any depth", () => {
  expect(hasUnknown({ a: [{ b: unknownValue }] })).toBe(true);
  expect(plain({ a: asSecret({ b: asSecret("x") }), c: null })).toEqual({ a: { b: "x" } });
  const marked = markSecrets({ spec: { a: "x", b: "y" } }, { spec: { a: asSecret("x"), b: "y" } });
  expect(marked).toEqual({ spec: { a: asSecret("x"), b: "y" } });
});

test("the content of a Secret is secret even where the program forgot to say so", () => {
  const marked = markSecrets(
    { kind: "Secret", data: { p: "eA==" }, type: "Opaque" },
    { kind: "Secret", stringData: { p: "x" } },
  );
  expect(isSecret(marked.data)).toBe(true);
  expect(marked.type).toBe("Opaque");
});
