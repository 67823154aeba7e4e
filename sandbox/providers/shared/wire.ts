// The SDK's protocol classes are CommonJS that declares its exports at run time: they come as default imports, their
// types by `import type`.
import grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { CheckResponse, DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb.js";
import type { DiffResult, Difference } from "./compare.ts";
import type { JsonObject } from "./values.ts";

/** A resource that exists but is not ready. */
export interface PartialResource {
  outcome: { id: string; outputs: JsonObject };
  inputs: JsonObject;
}

export const fromStruct = (value: Struct | undefined): JsonObject => value?.toJavaScript() ?? {};

export const toStruct = (value: JsonObject): Struct => struct.Struct.fromJavaScript(value);

/** Problems are not tied to a property: the engine would print its value, which may hold credentials. */
export function checkResponse(inputs: JsonObject, problems: string[]): CheckResponse {
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const problem of problems) {
    const failure = new provider.CheckFailure();
    failure.setReason(problem);
    response.addFailures(failure);
  }
  return response;
}

type KindNumber = PropertyDiff["getKind"] extends () => infer K ? K : never;

function kindNumber({ kind, replace }: Difference): KindNumber {
  const kinds = provider.PropertyDiff.Kind;
  if (kind === "add") return replace ? kinds.ADD_REPLACE : kinds.ADD;
  if (kind === "delete") return replace ? kinds.DELETE_REPLACE : kinds.DELETE;
  return replace ? kinds.UPDATE_REPLACE : kinds.UPDATE;
}

export function diffResponse(result: DiffResult): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  const response = new provider.DiffResponse();
  response.setChanges(result.changes.size > 0 ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(result.replaces);
  response.setDeletebeforereplace(result.deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  // The engine's display picks by top-level property.
  response.setDiffsList([
    ...new Set([...result.changes.keys()].map((path) => path.split(/[.[]/)[0] ?? path)),
  ]);
  for (const [path, difference] of result.changes) {
    const detail = new provider.PropertyDiff();
    detail.setKind(kindNumber(difference));
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

/** An error as gRPC sends it. With `partial`, the engine records the resource and why it is not ready. */
export function callError(message: string, partial?: PartialResource): Partial<grpc.StatusObject> {
  const code = grpc.status.UNKNOWN;
  if (!partial) return { code, details: message };
  const detail = new provider.ErrorResourceInitFailed();
  detail.setId(partial.outcome.id);
  detail.setProperties(toStruct(partial.outcome.outputs));
  detail.setInputs(toStruct(partial.inputs));
  detail.setReasonsList([message]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new status.Status();
  rpcStatus.setCode(code);
  rpcStatus.setMessage(message);
  rpcStatus.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code, details: message, metadata };
}
