import type { LoadedPlatform } from "../infra/config/load.ts";
import { committedFiles } from "./platform/committedFiles.ts";
import type { PlatformOutputs } from "./platform/outputs.ts";
import { vendorProviders } from "./platform/providers.ts";

/** Everything that vendors hold, for all environments. */
export async function platform({ config }: LoadedPlatform): Promise<PlatformOutputs> {
  const files = committedFiles(config);
  const providers = vendorProviders(config);
  // The engine starts one plugin after the other, which takes longer than all the rest of this program: the rest is
  // loaded meanwhile, as soon as the first one has answered and the others are asked for.
  await new Promise((answered) => providers.aws.urn.apply(answered));
  const { vendorObjects } = await import("./platform/vendorObjects.ts");
  return vendorObjects(config, providers, files);
}
