// The Kubernetes stand-in provider: `node main.ts <engine address>` prints its port and serves the Pulumi provider
// protocol until the engine ends it.
import { enableCompileCache } from "node:module";

enableCompileCache(); // half of the start is compiling the protocol's generated code
const { whenEngineIsGone } = await import("../../engine-watch.ts");
const { KubernetesProvider, serve } = await import("./server.ts");

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
console.log(await serve(new KubernetesProvider(engineAddress)));
whenEngineIsGone(engineAddress, () => process.exit(1));
