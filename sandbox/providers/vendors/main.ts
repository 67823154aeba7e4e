// The vendors' stand-in provider: `node main.ts <package> <version> <engine address>` prints its port and serves the Pulumi
// provider protocol until the engine ends it. The package is one of facts.ts, or terraform-provider for those that are
// named later. PULSE_CLOUD_FILE names the file with the vendors' objects.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { whenEngineIsGone } = await import("../../engine-watch.ts");
const { serveProvider } = await import("../shared/serve.ts");
const { VendorProvider, sentence } = await import("./provider.ts");
const { callError } = await import("../shared/wire.ts");
const { packages } = await import("./facts.ts");

const [asked = "", version = "0.0.0", ...rest] = process.argv.slice(2);
const engineAddress = rest.find((argument) => !argument.startsWith("-")) ?? "";
const vendor = packages.find((name) => name === asked);
if (vendor === undefined && asked !== "terraform-provider")
  throw new Error(`there is no package "${asked}": ${packages.join(", ")} or terraform-provider`);
const cloudFile = process.env.PULSE_CLOUD_FILE;
if (cloudFile === undefined) throw new Error("PULSE_CLOUD_FILE is not set");

const served = new VendorProvider(cloudFile, version, vendor);
console.log(await serveProvider(served, (error) => callError(sentence(error))));
whenEngineIsGone(engineAddress, () => process.exit(1));
