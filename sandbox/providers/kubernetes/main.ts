// The Kubernetes stand-in provider: `node main.ts <engine address>` prints its port and serves the Pulumi provider
// protocol until the engine ends it.
import { enableCompileCache } from "node:module";

enableCompileCache(); // half of the start is compiling the protocol's generated code
const { KubernetesProvider, serve } = await import("./server.ts");

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
console.log(await serve(new KubernetesProvider(engineAddress)));

// An engine that was killed cannot end its providers.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 2000).unref();
