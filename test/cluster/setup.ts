import { buildAppImages } from "../../sandbox/app/image.ts";
import { loadImage } from "../../sandbox/cluster/index.ts";
import { defaultSandboxDir } from "../../sandbox/paths.ts";
import { startTestCluster } from "../support/test-cluster.ts";

export default async function setup(): Promise<void> {
  await startTestCluster("full");
  const dir = defaultSandboxDir();
  for (const { tar } of await buildAppImages(dir, () => undefined)) await loadImage(dir, tar);
}
