import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** One resource as the program registered it: its inputs, and the options that mocks usually hide. */
export interface Registered {
  type: string;
  name: string;
  /** Type and name. */
  parent?: string;
  provider?: string;
  protect?: boolean;
  /** The vendor's id, where an existing object is adopted. */
  importId?: string;
  dependsOn?: string[];
  customTimeouts?: object;
  /** Outputs that are secret in the state because the program says so. */
  secretOutputs?: string[];
  /** Names of hooks by the moment at which they run. */
  hooks?: Record<string, string[]>;
  /** Secrets are `{secret: value}`. */
  inputs: unknown;
}

export interface Run {
  resources: Registered[];
  outputs: unknown;
}

type Answer = (error: Error | null, response?: unknown) => void;

let recording: Registered[] = [];
let requests: RegisterResourceRequest[] = [];

/** What the last program registered, in full: for what looks at resources as the engine does. */
export const lastRequests = (): readonly RegisterResourceRequest[] => requests;

/** What the SDK's own mocks lack: options are recorded, and hooks may be registered. */
class RecordingMonitor extends MockMonitor {
  override async registerResource(request: RegisterResourceRequest, answer: Answer): Promise<void> {
    if (request.getType() !== "pulumi:pulumi:Stack") {
      recording.push(registered(request));
      requests.push(request);
    }
    await original.call(this, request, answer);
  }

  registerResourceHook(_request: unknown, answer: Answer): void {
    answer(null, {});
  }
}

type Register = (this: MockMonitor, request: unknown, answer: Answer) => Promise<void>;
const original = Reflect.get(MockMonitor.prototype, "registerResource") as Register;
for (const method of ["registerResource", "registerResourceHook"] as const) {
  Object.defineProperty(MockMonitor.prototype, method, {
    value: Reflect.get(RecordingMonitor.prototype, method),
  });
}

/** Runs a program without an engine and returns what it registered, sorted by type and name. */
export async function runWithMocks(program: () => unknown, stack = "test"): Promise<Run> {
  recording = [];
  requests = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs, type }) => ({
        id: `${name}-id`,
        state: { ...(inputs as object), ...computed(type, name) },
      }),
      // What exists already is known by what was asked for: `getUser(oncall-1@example.com)`.
      call: ({ inputs, token }) => {
        const asked = inputs as Record<string, unknown>;
        return { ...asked, id: `${token.split(":").at(-1) ?? ""}(${Object.values(asked).join(", ")})` };
      },
    },
    "pulse-infra",
    stack,
  );
  const outputs = await pulumi.runtime.runInPulumiStack(() => Promise.resolve(program()));
  await pulumi.runtime.disconnect();
  const key = ({ type, name }: Registered) => `${type} ${name}`;
  return { resources: recording.sort((a, b) => (key(a) < key(b) ? -1 : 1)), outputs };
}

/** What vendors add to a resource by themselves, as far as the program reads it. */
function computed(type: string, name: string): object {
  if (type.startsWith("aws:")) return { arn: `arn:of:${name}`, keyId: `${name}-id` };
  switch (type) {
    case "pulumi:pulumi:StackReference":
      return {
        outputs: { sentryDsn: { staging: "dsn-of-staging", production: "dsn-of-production" } },
        secretOutputNames: ["sentryDsn"],
      };
    case "github:index/repository:Repository":
      return { fullName: `full-name-of-${name}` };
    case "sentry:index/key:Key":
      return { dsn: { public: `https://${name}@example.com/1` } };
    case "sentry:index/team:Team":
      return { internalId: `${name}-internal-id` };
    case "pagerduty:index/serviceIntegration:ServiceIntegration":
      return { integrationKey: `key-of-${name}` };
    default:
      return {};
  }
}

function registered(request: RegisterResourceRequest): Registered {
  const parent = shortUrn(request.getParent());
  const dependsOn = request.getDependenciesList().map(shortUrn).sort();
  const provider = request.getProvider();
  const timeouts = request.getCustomtimeouts();
  const secretOutputs = request.getAdditionalsecretoutputsList().sort();
  const bound = Object.entries<string[]>(request.getHooks()?.toObject() ?? {});
  const hooks = bound
    .filter(([, names]) => names.length > 0)
    .map(([moment, names]) => [moment.replace(/List$/, ""), names] as const);
  return {
    type: request.getType(),
    name: request.getName(),
    ...(!parent.startsWith("pulumi:pulumi:Stack") && { parent }),
    ...(provider !== "" && { provider: shortUrn(provider.replace(/::[^:]*$/, "")) }),
    ...(request.getProtect() && { protect: true }),
    ...(request.getImportid() !== "" && { importId: request.getImportid() }),
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(timeouts && { customTimeouts: { create: timeouts.getCreate(), update: timeouts.getUpdate() } }),
    ...(secretOutputs.length > 0 && { secretOutputs }),
    ...(hooks.length > 0 && { hooks: Object.fromEntries(hooks) }),
    inputs: plain(request.getObject()?.toJavaScript() ?? {}),
  };
}

/** `kubernetes:core/v1:Service pulse-messages-blue` */
function shortUrn(urn: string): string {
  const [types = "", name = ""] = urn.split("::").slice(2);
  return `${types.split("$").at(-1) ?? ""} ${name}`;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return { secret: plain(pulumi.runtime.unwrapRpcSecret(value)) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
