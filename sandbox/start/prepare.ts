import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { buildAppImages, type AppArchive } from "../app/image.ts";
import { kubeconfigOf } from "../cluster/credentials.ts";
import { fullTools } from "../cluster/full-tools.ts";
import { detectLevel, loadImage, startCluster, type Cluster } from "../cluster/index.ts";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { runProcess } from "../process.ts";
import { forgetEnvironment, sandboxPlatformStack } from "../pulumi.ts";
import { buildSdks } from "../sdks.ts";
import { ensureTools } from "../toolchain/index.ts";
import { scrapeSecondsOf, tellWhere } from "./release-config.ts";
import { openSession, type PulumiSession } from "./session.ts";
import { runSteps } from "./steps.ts";

/** A sandbox that answers requests. */
export interface ReadySandbox {
  dir: string;
  session: PulumiSession;
  /** Paths of executables. */
  pulumi: string;
  kubectl: string;
  kubeconfig: string;
  gatewayUrl: string;
  /** From the stack's outputs. */
  hostname: string;
  activeColor: "blue" | "green";
}

export interface PrepareOptions {
  dir: string;
  /** Port on 127.0.0.1 for the gateway; default 8088. */
  gatewayPort?: number;
  signal: AbortSignal;
}

/**
 * Brings up what is missing of the sandbox, from tools to pods, and applies the stack; what runs already is reused.
 * @throws UserError where the machine cannot run one, and for every step that fails.
 */
export async function prepareSandbox({ dir, gatewayPort, signal }: PrepareOptions): Promise<ReadySandbox> {
  const found = detectLevel();
  if ("unavailable" in found) throw new UserError(found.unavailable);
  const { level } = found;
  const kubeconfig = kubeconfigOf(dir);
  let tools: { pulumi: string; kubectl: string } | undefined;
  let cluster: Cluster | undefined;
  let archives: AppArchive[] = [];
  let session: PulumiSession | undefined;
  let outputs: Record<string, unknown> = {};
  const have = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("a step of prepareSandbox ran before what it needs");
    return value;
  };
  await runSteps(
    [
      [
        {
          title: "Tools",
          run: async (report, abort) => {
            const clusters = level === "full" ? fullTools : (["kubectl"] as const);
            tools = await ensureTools(["pulumi", "kubectl", ...clusters], report, abort);
          },
        },
      ],
      [
        {
          title: "Cluster",
          run: async (report, abort) => {
            const port = gatewayPort === undefined ? {} : { gatewayPort };
            const scrapeSeconds = scrapeSecondsOf(dir);
            const scrape = scrapeSeconds === undefined ? {} : { scrapeSeconds };
            cluster = await startCluster({ dir, level, ...port, ...scrape, report, signal: abort });
          },
        },
        {
          title: "Vendors (pulumi up, platform stack)",
          run: async (report, abort) => {
            await buildSdks(report, abort);
            const { pulumi } = have(tools);
            const stack = sandboxPlatformStack;
            const platform = await openSession({ dir, kubeconfig, pulumi, stack, report, signal: abort });
            await platform.up({ signal: abort, onProgress: report });
          },
        },
        { title: "Images", run: async (report) => void (archives = await buildAppImages(dir, report)) },
      ],
      [
        {
          title: "Images into the cluster",
          run: async (_report, abort) => {
            const cluster = await clusterIdentity(have(tools).kubectl, kubeconfig, abort);
            await loadOnce(dir, cluster, archives);
          },
        },
        {
          title: "Pulumi",
          run: async (report, abort) => {
            const { pulumi, kubectl } = have(tools);
            forgetOtherCluster(dir, await clusterIdentity(kubectl, kubeconfig, abort));
            session = await openSession({ dir, kubeconfig, pulumi, report, signal: abort });
            await tellWhere(have(cluster), session, abort);
          },
        },
      ],
      [
        {
          title: "pulumi up",
          run: async (report, abort) => {
            await have(session).up({ signal: abort, onProgress: report });
            outputs = await have(session).outputs(abort);
            requireNoCanary(outputs);
          },
        },
      ],
      [
        {
          title: "First answer through the gateway",
          run: (report, abort) =>
            waitForAnswers(gatewayOf(have(cluster)), hostnameOf(outputs), report, abort),
        },
      ],
    ],
    signal,
  );
  return {
    dir,
    session: have(session),
    ...have(tools),
    kubeconfig,
    gatewayUrl: gatewayOf(have(cluster)),
    hostname: hostnameOf(outputs),
    activeColor: outputs.activeColor === "green" ? "green" : "blue",
  };
}

function gatewayOf({ gatewayUrl }: Cluster): string {
  if (gatewayUrl === undefined)
    throw new UserError("This cluster has no gateway; stop it first: npm run sandbox -- down.");
  return gatewayUrl;
}

const hostnameOf = ({ hostname }: Record<string, unknown>): string =>
  typeof hostname === "string" ? hostname : "";

/** With a canary both colours answer all the time, and no switch ever ends. */
function requireNoCanary({ canaryWeight }: Record<string, unknown>): void {
  if (canaryWeight === 0) return;
  throw new UserError(
    `canaryWeight is ${String(canaryWeight)} in the sandbox's config, and whole switches are to be shown: ` +
      "npm run pulumi -- config set canaryWeight 0, then again.",
  );
}

/** Differs for every cluster that ever was. */
async function clusterIdentity(kubectl: string, kubeconfig: string, signal: AbortSignal): Promise<string> {
  const args = [
    "--kubeconfig",
    kubeconfig,
    "get",
    "namespace",
    "kube-system",
    "-o",
    "jsonpath={.metadata.uid}",
  ];
  const { code, stdout, stderr } = await runProcess(kubectl, args, { signal, timeoutMs: 15_000 });
  if (code !== 0) throw new UserError(`The cluster does not answer: ${stderr.trim()}`);
  return stdout;
}

const isNoted = (file: string, text: string): boolean =>
  existsSync(file) && readFileSync(file, "utf8") === text;

/** A stack's state that speaks of a cluster that is gone (a reboot, a deleted kind cluster) would hide what is missing. */
function forgetOtherCluster(dir: string, cluster: string): void {
  const file = join(dir, "stack-cluster");
  if (isNoted(file, cluster)) return;
  forgetEnvironment(dir);
  writeFileSync(file, cluster);
}

/** Loads what this cluster has not been given yet: reading the archives again would take seconds. */
async function loadOnce(dir: string, cluster: string, archives: readonly AppArchive[]): Promise<void> {
  const file = join(dir, "images", "loaded");
  const text = [cluster, ...archives.map(({ tar }) => tar)].join("\n");
  if (isNoted(file, text)) return;
  for (const { tar } of archives) await loadImage(dir, tar);
  writeFileSync(file, text);
}

/** Waits until ten answers in a row are good: until then pods, routes or Envoys are still on their way. */
async function waitForAnswers(url: string, host: string, report: Report, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let good = 0; good < 10;) {
    signal.throwIfAborted();
    const problem = await problemOf(url, host);
    good = problem === undefined ? good + 1 : 0;
    if (problem === undefined) continue;
    if (Date.now() > deadline)
      throw new UserError(`The gateway at ${url} does not answer for ${host} after 60 s: ${problem}`);
    report(`waiting for the gateway: ${problem}`);
    await delay(100, undefined, { signal });
  }
}

/** Asks once; undefined for a good answer. */
async function problemOf(url: string, host: string): Promise<string | undefined> {
  try {
    const { statusCode, body } = await request(`${url}/`, { headers: { host }, headersTimeout: 5_000 });
    await body.dump();
    return statusCode === 200 ? undefined : `status ${statusCode}`;
  } catch (error) {
    return (error as Error).message;
  }
}
