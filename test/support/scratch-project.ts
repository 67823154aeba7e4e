import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSandboxDir } from "../../sandbox/paths.ts";
import { installPlugins } from "../../sandbox/pulumi-plugins.ts";
import { initStack, PulumiCli, pulumiEnvironment, pulumiHome } from "../../sandbox/pulumi.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { testCluster } from "./test-cluster.ts";
import type { Outcome } from "./environment-stack.ts";

/** A small Pulumi program of a test's own, beside the real one. */
export interface ScratchProject {
  name: string;
  stack: string;
  dir: string;
  /** The imports that every program begins with. */
  header: string;
  up(...args: string[]): Promise<Outcome>;
  run(...args: string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

const header = `import * as pulumi from "@pulumi/pulumi";\nimport * as k8s from "@pulumi/kubernetes";\n`;

/** Makes a project and its stack in a folder of its own, on the test run's cluster. */
export async function scratchProject(name: string, program: string): Promise<ScratchProject> {
  const dir = join(defaultSandboxDir(), "tests", `scratch-${name}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const stack = "test";
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    `name: ${name}\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
  );
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name, type: "module", main: "index.ts" }));
  writeFileSync(join(dir, "index.ts"), header + program);
  const { pulumi } = await ensureTools(["pulumi"], () => undefined);
  const env = pulumiEnvironment({ dir, kubeconfig: testCluster().kubeconfig, tools: { pulumi }, stack });
  await installPlugins({ dir, pulumi, env, report: () => undefined, prefer: "stand-in" });
  await initStack({ dir, pulumi, env, project: dir, stack });
  const cli = new PulumiCli({ pulumi, env, cwd: dir });
  const run = async (...args: string[]): Promise<Outcome> => {
    const { code, stdout, stderr } = await cli.run(args, { allowFailure: true });
    return { code, output: stdout + stderr };
  };
  return {
    name,
    stack,
    dir,
    header,
    run,
    up: (...args) => run("up", "--yes", "--skip-preview", ...args),
    remove: async () => {
      await run("destroy", "--yes", "--skip-preview");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A provider plugin that ends as soon as it is started, as one with an expired token does. */
export function brokenPlugin(project: ScratchProject, name: string, version: string): void {
  const folder = join(pulumiHome(project.dir), "plugins", `resource-${name}-v${version}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `pulumi-resource-${name}`),
    "#!/bin/sh\necho 'the token has expired' >&2\nexit 1\n",
    {
      mode: 0o755,
    },
  );
}
