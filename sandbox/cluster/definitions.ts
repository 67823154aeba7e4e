import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moduleDir } from "../toolchain/index.ts";
import { askApi, holds, type Conditioned } from "./api.ts";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { applyFiles } from "./kubectl.ts";
import { waitFor } from "./wait.ts";

/** The resource definitions of the Gateway API's standard channel. Its policy against downgrades is left out. */
async function gatewayApiFiles(): Promise<string[]> {
  const folder = join(await moduleDir("gateway-api"), "config/crd/standard");
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.includes("_vap_"));
  return names.map((name) => join(folder, name));
}

/** Envoy Gateway's own resource definitions. They are part of a chart: its tags, whole lines, are left out. */
async function envoyGatewayFiles(dir: string): Promise<string[]> {
  const chart = join(await moduleDir("envoy-gateway"), "charts/gateway-crds-helm/templates/generated");
  const own = join(dir, "envoy-gateway", "crds");
  mkdirSync(own, { recursive: true });
  return readdirSync(chart).map((name) => {
    const lines = readFileSync(join(chart, name), "utf8").split("\n");
    writeFileSync(join(own, name), lines.filter((line) => !line.includes("{{")).join("\n"));
    return join(own, name);
  });
}

/** cert-manager's resource definitions; its controller does not run here, so no certificate is ever issued. */
export async function certManagerFiles(): Promise<string[]> {
  const folder = join(await moduleDir("cert-manager"), "deploy/crds");
  return readdirSync(folder)
    .filter((name) => name.startsWith("cert-manager.io_"))
    .map((name) => join(folder, name));
}

/** Every definition that an environment's objects need. */
export async function environmentDefinitions(dir: string): Promise<string[]> {
  const files = await Promise.all([gatewayApiFiles(), envoyGatewayFiles(dir), certManagerFiles()]);
  return files.flat();
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
