import grpc from "@grpc/grpc-js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";

type Answer<T> = T | Promise<T>;

/** The methods of the provider protocol that a stand-in serves. */
export interface ServedProvider {
  handshake(request: rpc.ProviderHandshakeRequest): Answer<rpc.ProviderHandshakeResponse>;
  parameterize?(request: rpc.ParameterizeRequest): Answer<rpc.ParameterizeResponse>;
  getSchema(request: rpc.GetSchemaRequest): Answer<rpc.GetSchemaResponse>;
  checkConfig(request: rpc.CheckRequest): Answer<rpc.CheckResponse>;
  diffConfig(request: rpc.DiffRequest): Answer<rpc.DiffResponse>;
  configure(request: rpc.ConfigureRequest): Answer<rpc.ConfigureResponse>;
  check(request: rpc.CheckRequest): Answer<rpc.CheckResponse>;
  diff(request: rpc.DiffRequest): Answer<rpc.DiffResponse>;
  create(request: rpc.CreateRequest): Answer<rpc.CreateResponse>;
  read(request: rpc.ReadRequest): Answer<rpc.ReadResponse>;
  update(request: rpc.UpdateRequest): Answer<rpc.UpdateResponse>;
  delete(request: rpc.DeleteRequest): Answer<Empty>;
  invoke(request: rpc.InvokeRequest): Answer<rpc.InvokeResponse>;
  getPluginInfo(): Answer<PluginInfo>;
  cancel(): Answer<Empty>;
}

const methods = [
  "handshake",
  "parameterize",
  "getSchema",
  "checkConfig",
  "diffConfig",
  "configure",
  "check",
  "diff",
  "create",
  "read",
  "update",
  "delete",
  "invoke",
  "getPluginInfo",
  "cancel",
] as const satisfies readonly (keyof ServedProvider)[];

/** What the engine is told of an error; never the values of inputs, which may be secret. */
export type ToCallError = (error: unknown) => Partial<grpc.StatusObject>;

/** Starts serving on a free port of this machine and returns the port. */
export function serveProvider(served: ServedProvider, toCallError: ToCallError): Promise<number> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  const handlers = methods.filter((name) => served[name] !== undefined);
  server.addService(
    providerService.ResourceProviderService,
    Object.fromEntries(handlers.map((name) => [name, answer(served, name, toCallError)])),
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** A method as gRPC wants it. */
function answer(served: ServedProvider, name: (typeof methods)[number], toCallError: ToCallError) {
  const method = served[name]?.bind(served) as (request: unknown) => unknown;
  const run = async (request: unknown): Promise<unknown> => await method(request);
  return (call: { request: unknown }, callback: grpc.sendUnaryData<unknown>): void => {
    run(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toCallError(error)),
    );
  };
}
