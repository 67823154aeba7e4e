/**
 * Keeps the file from which Prometheus learns what to scrape: Debian's build of it cannot ask Kubernetes by itself.
 * Usage: node targets.ts KUBECONFIG FILE
 */
import { CoreV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { renameSync, writeFileSync } from "node:fs";
import { keepWatching } from "./keep-watching.ts";
import { targetsOf } from "./scrape-targets.ts";

const [kubeconfig = "", file = ""] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const informer = makeInformer(config, "/api/v1/pods", () => core.listPodForAllNamespaces());

let written = "";
keepWatching(informer, "the pods", (pods) => {
  const text = JSON.stringify(targetsOf(pods), undefined, 2);
  if (text === written) return;
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  written = text;
});
