import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { UserError } from "../../errors.ts";
import type { ServedProvider } from "../shared/serve.ts";
import { equal, hasUnknown, plainObject } from "../shared/values.ts";
import { checkResponse, diffResponse, fromStruct, toStruct } from "../shared/wire.ts";
import { complete, problemsOf, type Naming } from "./check.ts";
import { Cloud } from "./cloud.ts";
import { accountOf, isVendorsOwn, readableConfig, requireToken } from "./configuration.ts";
import { diff } from "./diff.ts";
import { expiredToken, Faults, type Operation } from "./faults.ts";
import {
  kindOfToken,
  nameOfUrn,
  readFacts,
  tokenOfUrn,
  type PackageFacts,
  type PackageName,
} from "./facts.ts";
import { call } from "./functions.ts";
import type { Account } from "./kinds/types.ts";
import { rulesOf } from "./kinds/index.ts";
import type { Kind } from "./objects.ts";
import { create, filledByVendor, foresee, read, remove, update, type Place } from "./operations.ts";
import { parameterized } from "./parameterize.ts";
import { vendors } from "./vendors.ts";

/** The methods of the provider protocol for one vendor's package, which a parameterized plugin learns late. */
export class VendorProvider implements ServedProvider {
  readonly #version: string;
  #vendor: PackageName | undefined;
  #facts: PackageFacts | undefined;
  #account: Account | undefined;
  #tokenExpired = false;
  readonly #cloud: Cloud;
  readonly #faults = new Faults();
  readonly #cancelled = new AbortController();

  /** `version` is the plugin's own. Without a vendor it is the base plugin of parameterized packages. */
  constructor(cloudFile: string, version: string, vendor?: PackageName) {
    this.#version = version;
    this.#cloud = new Cloud(cloudFile);
    if (vendor !== undefined) this.#become(vendor);
  }

  #become(vendor: PackageName): PackageFacts {
    this.#vendor = vendor;
    this.#facts = readFacts(vendor);
    return this.#facts;
  }

  handshake(): rpc.ProviderHandshakeResponse {
    const response = new provider.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
  }

  parameterize(request: rpc.ParameterizeRequest): rpc.ParameterizeResponse {
    const value = request.getValue();
    const content = value ? Buffer.from(value.getValue_asU8()).toString("utf8") : undefined;
    const { name, version } = this.#become(parameterized(content, request.getArgs()?.getArgsList() ?? []));
    const response = new provider.ParameterizeResponse();
    response.setName(name);
    response.setVersion(version);
    return response;
  }

  getSchema(): rpc.GetSchemaResponse {
    const { name, version } = this.#facts ?? { name: "terraform-provider", version: this.#version };
    const response = new provider.GetSchemaResponse();
    response.setSchema(
      JSON.stringify({ name, version, provider: {}, resources: {}, types: {}, functions: {} }),
    );
    return response;
  }

  checkConfig(request: rpc.CheckRequest): rpc.CheckResponse {
    const { facts, vendor } = this.#package();
    const news = fromStruct(request.getNews());
    const { title } = vendors[vendor];
    // a default provider's settings are texts; lists and objects among them are JSON
    const problems = problemsOf(
      facts.config,
      {},
      readableConfig(facts, news),
      `the ${title} provider`,
    ).filter(
      (problem) => !problem.includes(" is missing: "), // a token may come from the environment
    );
    return checkResponse(news, problems);
  }

  /** Settings change without a new provider. The plugin's version, which the engine adds, is none of the vendor's. */
  diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
    const olds = plainObject(fromStruct(request.getOldInputs() ?? request.getOlds()));
    const news = plainObject(fromStruct(request.getNews()));
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => isVendorsOwn(key) && !equal(olds[key], news[key]),
    );
    const changes = new Map(keys.map((key) => [key, { kind: "update", replace: false }] as const));
    return diffResponse({ changes, replaces: [], deleteBeforeReplace: false });
  }

  async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    const { facts, vendor } = this.#package();
    const args = fromStruct(request.getArgs());
    const variables = [...request.getVariablesMap().getEntryList()].map(([key, value]): [string, string] => [
      key.slice(key.lastIndexOf(":") + 1),
      value,
    ]);
    const settings = plainObject(Object.keys(args).length > 0 ? args : Object.fromEntries(variables));
    const config = readableConfig(facts, settings);
    this.#account = accountOf(vendor, config);
    this.#tokenExpired = requireToken(vendor, config) === "expired";
    if (vendors[vendor].callsAtStart) await this.#ask("configure", "", "");
    const response = new provider.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
  }

  check(request: rpc.CheckRequest): rpc.CheckResponse {
    const kind = this.#kind(request.getUrn());
    const news = fromStruct(request.getNews());
    const { types } = this.#package().facts;
    const autonaming = request.getAutonaming();
    const naming: Naming = { urn: request.getUrn(), seed: request.getRandomseed_asU8() };
    if (autonaming) {
      const modes = ["propose", "enforce", "disable"] as const;
      naming.autonaming = { mode: modes[autonaming.getMode()], proposedName: autonaming.getProposedName() };
    }
    const { inputs, problems } = complete(
      kind.facts,
      types,
      kind.token,
      news,
      fromStruct(request.getOlds()),
      naming,
    );
    const wrong = problemsOf(kind.facts.inputs, types, inputs, kind.name);
    const own = wrong.length === 0 ? (kind.rules.check?.(plainObject(inputs)) ?? []) : [];
    return checkResponse(inputs, [...problems, ...wrong, ...own]);
  }

  diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const { vendor, facts } = this.#package();
    const kind = this.#kind(request.getUrn());
    const olds = fromStruct(request.getOldInputs());
    const news = fromStruct(request.getNews());
    const filled = filledByVendor(this.#place(), kind, olds);
    return diffResponse(diff(vendor, kind.facts, facts.types, kind.token, olds, news, filled));
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const kind = this.#kind(request.getUrn());
    const inputs = fromStruct(request.getProperties());
    const response = new provider.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(toStruct(foresee(this.#place(), kind, inputs)));
      return response;
    }
    const after = await this.#ask("create", kind.name, request.getUrn());
    const { id, outputs } = await create(this.#place(), kind, inputs);
    after();
    response.setId(id);
    response.setProperties(toStruct(outputs));
    return response;
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const kind = this.#kind(request.getUrn());
    const news = fromStruct(request.getNews());
    const olds = fromStruct(request.getOlds());
    const response = new provider.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(toStruct(foresee(this.#place(), kind, news, olds)));
      return response;
    }
    const after = await this.#ask("update", kind.name, request.getUrn());
    const outputs = await update(this.#place(), kind, request.getId(), olds, news);
    after();
    response.setProperties(toStruct(outputs));
    return response;
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const kind = this.#kind(request.getUrn());
    const response = new provider.ReadResponse();
    await this.#ask("read", kind.name, request.getUrn());
    const state = fromStruct(request.getProperties());
    const found = read(this.#place(), kind, request.getId(), state, fromStruct(request.getInputs()));
    if (!found) return response;
    response.setId(found.id);
    response.setProperties(toStruct(found.outputs));
    response.setInputs(toStruct(found.inputs));
    return response;
  }

  async delete(request: rpc.DeleteRequest): Promise<InstanceType<typeof empty.Empty>> {
    const kind = this.#kind(request.getUrn());
    const after = await this.#ask("delete", kind.name, request.getUrn());
    await remove(this.#place(), kind, request.getId());
    after();
    return new empty.Empty();
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    const token = request.getTok();
    const { facts, vendor } = this.#package();
    const known = facts.functions[token];
    if (!known) throw new UserError(`the ${vendors[vendor].title} stand-in provider does not have ${token}`);
    const args = fromStruct(request.getArgs());
    const problems = problemsOf(known.inputs, facts.types, args, kindOfToken(token));
    if (problems.length > 0) throw new UserError(problems.join("; "));
    const response = new provider.InvokeResponse();
    if (hasUnknown(args)) return response;
    await this.#ask("invoke", kindOfToken(token), "");
    response.setReturn(toStruct(call(this.#place(), token, known, args)));
    return response;
  }

  getPluginInfo(): InstanceType<typeof plugin.PluginInfo> {
    const info = new plugin.PluginInfo();
    info.setVersion(this.#version);
    return info;
  }

  cancel(): InstanceType<typeof empty.Empty> {
    this.#cancelled.abort();
    return new empty.Empty();
  }

  /** A call to the vendor's API: fails where its token is worth nothing or a test has ordered it. */
  async #ask(operation: Operation, kind: string, urn: string): Promise<() => void> {
    const { vendor } = this.#package();
    if (this.#tokenExpired) throw new UserError(expiredToken(vendor));
    const { signal } = this.#cancelled;
    return this.#faults.before(vendor, { operation, kind, name: nameOfUrn(urn), signal });
  }

  #package(): { vendor: PackageName; facts: PackageFacts } {
    if (this.#vendor === undefined || !this.#facts)
      throw new UserError("this plugin serves Slack and Sentry only after it was told which (Parameterize)");
    return { vendor: this.#vendor, facts: this.#facts };
  }

  #kind(urn: string): Kind {
    const token = tokenOfUrn(urn);
    const { vendor, facts } = this.#package();
    const known = facts.resources[token];
    if (!known)
      throw new UserError(
        `the ${vendors[vendor].title} stand-in provider does not have ${token}: its facts hold ${Object.keys(facts.resources).map(kindOfToken).join(", ")}`,
      );
    const name = kindOfToken(token);
    return { name, token, facts: known, rules: rulesOf(vendor)[name] ?? {} };
  }

  #place(): Place {
    const { vendor, facts } = this.#package();
    const account = this.#account ?? accountOf(vendor, {});
    return { vendor, cloud: this.#cloud, account, rules: rulesOf(vendor), types: facts.types };
  }
}

/** What the user reads. Anything that is not a known kind of trouble is a fault of this program and says so. */
export function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if ((error as Error).name === "AbortError") return "cancelled";
  console.error(error instanceof Error ? error.stack : "unknown error");
  return `the vendors' stand-in provider is at fault: ${(error as Error).message}`;
}
