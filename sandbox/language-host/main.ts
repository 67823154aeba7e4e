/**
 * A language host for Node programs: what the Pulumi engine starts as `pulumi-language-nodejs`, used where no official
 * one is found. It prints the port on which it serves the engine, and runs programs and policy packs as Node processes.
 */
import { parseArgs } from "node:util";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { whenEngineIsGone } from "../engine-watch.ts";
import { Children } from "./children.ts";
import { LanguageHost } from "./service.ts";

const { values, positionals } = parseArgs({
  // the engine also passes flags for its own logging, which say nothing to a Node program
  strict: false,
  allowPositionals: true,
  options: { tracing: { type: "string" } },
});

const engineAddress = positionals[0] ?? "";
const children = new Children();
const server = new Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
const tracing = typeof values.tracing === "string" ? values.tracing : "";
server.addService(
  languageGrpc.LanguageRuntimeService,
  new LanguageHost(children, engineAddress, tracing).implementation(),
);

function shutDown(): void {
  void children.stopAll().then(() => process.exit(0));
}

process.on("SIGINT", shutDown).on("SIGTERM", shutDown);
process.on("exit", () => children.killAll());

whenEngineIsGone(engineAddress, shutDown);

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
