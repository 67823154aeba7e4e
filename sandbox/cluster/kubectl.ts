import { spawn } from "node:child_process";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Context } from "./context.ts";
import { kubeconfigOf } from "./credentials.ts";

/** What kubectl wants of the context. */
export type KubectlContext = Pick<Context<"kubectl">, "dir" | "tools" | "signal">;

/** Runs kubectl against the sandbox's cluster and returns its output. `input` goes to its standard input. */
export function kubectl(context: KubectlContext, args: readonly string[], input = ""): Promise<string> {
  const { dir, tools, signal } = context;
  const fixed = [`--kubeconfig=${kubeconfigOf(dir)}`, `--cache-dir=${join(dir, "kubectl-cache")}`];
  return runToEnd(tools.kubectl, [...fixed, ...args], { input, signal });
}

/** Applies these objects server-side; the cluster's own pieces are ours alone, so conflicts are overruled. */
export async function apply(context: KubectlContext, objects: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await kubectl(context, [...applyArgs, "-f", "-"], list);
}

/** Applies every manifest of these files and folders (*.yaml) server-side. */
export async function applyFiles(context: KubectlContext, paths: readonly string[]): Promise<void> {
  await kubectl(context, [...applyArgs, ...paths.flatMap((path) => ["-f", path])]);
}

const applyArgs = ["apply", "--server-side", "--force-conflicts", "--field-manager=pulse-sandbox"];

/** Runs a command to its end and returns its output; throws its last words if it fails. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: { input?: string; signal?: AbortSignal | undefined; env?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.env ? { env: { ...process.env, ...options.env } } : {}),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new UserError(`${[command, ...args].join(" ").slice(0, 300)} failed: ${stderr.trim().slice(-600)}`),
        );
    });
    // A command that ends without reading its input must not bring this program down.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
