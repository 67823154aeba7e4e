import { KubeConfig } from "@kubernetes/client-node";
import { request, type RequestOptions } from "node:https";
import type { KubeGet } from "../../release/adapters/signals.ts";

/** Reads from the API server of a kubeconfig as the release driver does. */
export async function kubeGetOf(kubeconfig: string): Promise<KubeGet> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const server = config.getCurrentCluster()?.server ?? "";
  return (path, signal) =>
    new Promise((resolve, reject) => {
      request(`${server}${path}`, { ...options, signal }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`The API server answered with status ${response.statusCode ?? 0}.`));
        });
      })
        .on("error", reject)
        .end();
    });
}
