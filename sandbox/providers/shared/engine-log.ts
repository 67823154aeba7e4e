import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import type { LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";

/** The engine's display: warnings that stay, and one line of status beside a resource. */
export class EngineLog {
  readonly #client: EngineClient;

  constructor(address: string) {
    this.#client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Progress of one resource; the next message replaces it, an empty one clears it. */
  status(urn: string, message: string): void {
    this.#send(urn, message, engine.LogSeverity.INFO, true);
  }

  warn(urn: string, message: string): void {
    this.#send(urn, message, engine.LogSeverity.WARNING, false);
  }

  #send(urn: string, message: string, severity: LogSeverity, ephemeral: boolean): void {
    const request = new engine.LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(severity);
    request.setEphemeral(ephemeral);
    this.#client.log(request, () => undefined); // display only: an update does not fail over it
  }
}
