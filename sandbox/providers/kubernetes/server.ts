import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { UserError } from "../../errors.ts";
import { EngineLog } from "../shared/engine-log.ts";
import { serveProvider } from "../shared/serve.ts";
import { callError, checkResponse, diffResponse, fromStruct, toStruct } from "../shared/wire.ts";
import type { Target } from "./apply.ts";
import { check, type CheckArgs } from "./check.ts";
import { ApiError, UnreachableError } from "./client.ts";
import { diff } from "./diff.ts";
import { kindOf } from "./naming.ts";
import {
  appliedInputs,
  create,
  PartialError,
  read,
  remove,
  update,
  type Call,
  type Outcome,
} from "./operations.ts";
import { readSettings, settingProblems, type Settings } from "./settings.ts";
import { equal, hasUnknown, plainObject, type JsonObject } from "./values.ts";

/** The version of the official provider whose place this one takes; SDK and plugin folder carry the same. */
export const version = "4.34.2";

const schema = JSON.stringify({
  name: "kubernetes",
  version,
  provider: {},
  resources: {},
  types: {},
  functions: {},
});

/** The methods of the provider protocol, on one configured cluster. */
export class KubernetesProvider {
  #log: EngineLog;
  #settings: Settings | undefined;
  readonly #cancelled = new AbortController();

  constructor(engineAddress: string) {
    this.#log = new EngineLog(engineAddress);
  }

  handshake(request: rpc.ProviderHandshakeRequest): rpc.ProviderHandshakeResponse {
    const address = request.getEngineAddress();
    if (address) this.#log = new EngineLog(address);
    const response = new provider.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
  }

  getSchema(): rpc.GetSchemaResponse {
    const response = new provider.GetSchemaResponse();
    response.setSchema(schema);
    return response;
  }

  checkConfig(request: rpc.CheckRequest): rpc.CheckResponse {
    const news = fromStruct(request.getNews());
    return checkResponse(news, settingProblems(plainObject(news)));
  }

  /** The cluster behind a changed kubeconfig is taken to be the same one, unless `clusterIdentifier` says otherwise. */
  diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
    const olds = plainObject(fromStruct(request.getOldInputs() ?? request.getOlds()));
    const news = plainObject(fromStruct(request.getNews()));
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => !equal(olds[key], news[key]),
    );
    const changes = new Map(
      keys.map((key) => [key, { kind: "update" as const, replace: key === "clusterIdentifier" }] as const),
    );
    const replaces = keys.filter((key) => key === "clusterIdentifier" && !hasUnknown(news[key] ?? null));
    return diffResponse({ changes, replaces, deleteBeforeReplace: false });
  }

  configure(request: rpc.ConfigureRequest): rpc.ConfigureResponse {
    this.#settings = readSettings(plainObject(configureArgs(request)));
    const response = new provider.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const seed = request.getRandomseed_asU8();
    const args: CheckArgs = {
      urn: request.getUrn(),
      news: fromStruct(request.getNews()),
      olds: fromStruct(request.getOlds()),
      seed,
      namespaced: (gvk) => this.#settings?.target?.discovery.namespaced(gvk) ?? Promise.resolve(true),
    };
    const autonaming = request.getAutonaming();
    if (autonaming) {
      const modes = ["propose", "enforce", "disable"] as const;
      args.autonaming = { mode: modes[autonaming.getMode()], proposedName: autonaming.getProposedName() };
    }
    if (this.#settings?.namespace) args.defaultNamespace = this.#settings.namespace;
    const { inputs, problems } = await check(args);
    return checkResponse(inputs, problems);
  }

  diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const olds = appliedInputs(fromStruct(request.getOlds()), fromStruct(request.getOldInputs()));
    const news = fromStruct(request.getNews());
    const mutability = this.#settings?.mutability ?? { configMap: false, secret: false };
    return diffResponse(diff(olds, news, kindOf(plainObject(news), request.getUrn()), mutability));
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const inputs = fromStruct(request.getProperties());
    const preview = request.getPreview();
    const response = new provider.CreateResponse();
    const outcome: Outcome = this.#blind(preview)
      ? { id: "", outputs: inputs }
      : await create(this.#call(request, preview), inputs);
    response.setId(outcome.id);
    response.setProperties(toStruct(outcome.outputs));
    return response;
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const news = fromStruct(request.getNews());
    const preview = request.getPreview();
    const response = new provider.UpdateResponse();
    const outputs = this.#blind(preview)
      ? news
      : (await update(this.#call(request, preview), fromStruct(request.getOlds()), news)).outputs;
    response.setProperties(toStruct(outputs));
    return response;
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const response = new provider.ReadResponse();
    const call = this.#call(request, false);
    const inputs = fromStruct(request.getInputs());
    const found = await this.#orGone(call, () =>
      read(call, request.getId(), fromStruct(request.getProperties()), inputs),
    );
    if (!found) return response;
    response.setId(found.id);
    response.setProperties(toStruct(found.outputs));
    response.setInputs(toStruct(found.inputs));
    return response;
  }

  async delete(request: rpc.DeleteRequest): Promise<InstanceType<typeof empty.Empty>> {
    const call = this.#call(request, false);
    await this.#orGone(call, () => remove(call, request.getId(), fromStruct(request.getProperties())));
    return new empty.Empty();
  }

  invoke(request: rpc.InvokeRequest): never {
    throw new UserError(
      `the Kubernetes stand-in provider has no functions, so ${request.getTok()} cannot be called: install the official one`,
    );
  }

  getPluginInfo(): InstanceType<typeof plugin.PluginInfo> {
    const info = new plugin.PluginInfo();
    info.setVersion(version);
    return info;
  }

  cancel(): InstanceType<typeof empty.Empty> {
    this.#cancelled.abort();
    return new empty.Empty();
  }

  /** At preview, a cluster that is itself still to be made. */
  readonly #blind = (preview: boolean): boolean =>
    preview && this.#settings !== undefined && !this.#settings.target;

  #call(request: { getUrn(): string; getTimeout(): number }, preview: boolean): Call {
    const urn = request.getUrn();
    const report = (message: string): void => this.#log.status(urn, message);
    return {
      target: this.#target(),
      urn,
      timeout: request.getTimeout(),
      preview,
      signal: this.#cancelled.signal,
      report,
      warn: (message) => this.#log.warn(urn, message),
    };
  }

  #target(): Target {
    const target = this.#settings?.target;
    if (!target)
      throw new UserError(
        "the Kubernetes provider has no kubeconfig yet: it depends on a value that is not known",
      );
    return target;
  }

  /** A cluster that is gone for good has no resources, where the user says so. */
  async #orGone<T>(call: Call, work: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnreachableError) || !this.#settings?.deleteUnreachable) throw error;
      this.#log.warn(
        call.urn,
        `${error.message}; deleteUnreachable is set, so the resource is dropped from the state`,
      );
      return undefined;
    }
  }
}

/** Inputs as a struct, or, from the default provider, as texts by `kubernetes:config:<key>`. */
function configureArgs(request: rpc.ConfigureRequest): JsonObject {
  const args = fromStruct(request.getArgs());
  if (Object.keys(args).length > 0) return args;
  return Object.fromEntries(
    [...request.getVariablesMap().getEntryList()].map(([key, value]) => [
      key.slice(key.lastIndexOf(":") + 1),
      value,
    ]),
  );
}

/** Starts serving on a free port of this machine and returns the port. */
export const serve = (served: KubernetesProvider): Promise<number> =>
  serveProvider(served, (error) =>
    callError(sentence(error), error instanceof PartialError ? error : undefined),
  );

/** What the user reads. Anything that is not a known kind of trouble is a fault of this program and says so. */
function sentence(error: unknown): string {
  if ([UserError, ApiError, UnreachableError, PartialError].some((type) => error instanceof type))
    return (error as Error).message;
  if ((error as Error).name === "AbortError") return "cancelled";
  console.error(error);
  return `the Kubernetes stand-in provider is at fault: ${(error as Error).message}`;
}
