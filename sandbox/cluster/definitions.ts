import { readdirSync } from "node:fs";
import { join } from "node:path";
import { moduleDir } from "../toolchain/index.ts";
import { askApi, holds, type Conditioned } from "./api.ts";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { applyFiles } from "./kubectl.ts";
import { waitFor } from "./wait.ts";

/** The resource definitions of the Gateway API's standard channel. Its policy against downgrades is left out. */
export async function gatewayApiFiles(): Promise<string[]> {
  const folder = join(await moduleDir("gateway-api"), "config/crd/standard");
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.includes("_vap_"));
  return names.map((name) => join(folder, name));
}

/** Installs these resource definitions and waits until the API server serves them. */
export async function applyDefinitions(context: Context, files: readonly string[]): Promise<void> {
  await applyFiles(context, files);
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await waitFor(
    async () => {
      const { items } = JSON.parse(await askApi(context.dir, context.state.ports.api ?? 0, path)) as {
        items: Conditioned[];
      };
      return items.length > 0 && items.every((item) => holds(item, "Established"));
    },
    { ...waiting(context, "kube-apiserver"), what: "The Gateway API" },
  );
}

/** The class that the stacks' Gateways name. */
export const gatewayClass = (controllerName: string, parametersRef?: object) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "envoy" },
  spec: { controllerName, ...(parametersRef ? { parametersRef } : {}) },
});
