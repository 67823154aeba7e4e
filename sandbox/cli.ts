import { rmSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { benches } from "./bench/index.ts";
import { UserError } from "./errors.ts";
import { defaultSandboxDir, policies, projectRoot } from "./paths.ts";

// Each command loads what it needs when it runs: `npm run pulumi` should cost nothing on top of Pulumi.

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Want a whole number from ${min} to ${max}.`);
  };
}

/** The sandbox's Pulumi and the environment that it runs in. @throws UserError where no sandbox runs. */
async function sandboxPulumi() {
  const [{ ensureTools }, { clusterStatus }, { pulumiEnvironment, sandboxConfigFile }] = await Promise.all([
    import("./toolchain/index.ts"),
    import("./cluster/index.ts"),
    import("./pulumi.ts"),
  ]);
  const dir = defaultSandboxDir();
  const cluster = await clusterStatus(dir);
  if (!cluster) throw new UserError("No sandbox runs in this folder; npm start brings one up.");
  const tools = await ensureTools(["pulumi"], (message) => process.stderr.write(`${message}\n`));
  const env = pulumiEnvironment({ dir, kubeconfig: cluster.kubeconfig, tools });
  return { pulumi: tools.pulumi, env, configFile: (stack: string): string => sandboxConfigFile(dir, stack) };
}

async function runPulumi(args: readonly string[]): Promise<number> {
  const [{ pulumi, env, configFile }, { PulumiCli }, { userPulumi }] = await Promise.all([
    sandboxPulumi(),
    import("./pulumi.ts"),
    import("./user-pulumi.ts"),
  ]);
  return new PulumiCli({ pulumi, env }).runOnTerminal(userPulumi(args, { configFile, policies }));
}

/** The gate of a stack of the sandbox runs in its environment, that of any other stack in the user's own. */
async function runGate(args: readonly string[]): Promise<number> {
  const [{ PulumiCli, sandboxPlatformStack, sandboxStack }, { stackOf }] = await Promise.all([
    import("./pulumi.ts"),
    import("./user-pulumi.ts"),
  ]);
  const stack = stackOf(args) ?? "";
  const gate = (env: NodeJS.ProcessEnv, own: readonly string[] = []): Promise<number> =>
    new PulumiCli({ pulumi: process.execPath, env }).runOnTerminal([policies.gate, ...own, ...args]);
  if (![sandboxStack, sandboxPlatformStack].includes(stack)) return gate(process.env);
  try {
    const { env, configFile } = await sandboxPulumi();
    return await gate(env, ["--config-file", configFile(stack), "--levels", "sandbox"]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`The gate could not run: ${error.message}\n`);
    return 2;
  }
}

async function runRelease(args: readonly string[]): Promise<number> {
  const [{ env, configFile }, { sandboxStack }, { runOnTerminal }] = await Promise.all([
    sandboxPulumi(),
    import("./pulumi.ts"),
    import("./terminal.ts"),
  ]);
  // --emergency knows no stack; everything else gets the sandbox's own copy of the config.
  const own = args.includes("--emergency") || args.includes("--help") || args.length === 0;
  const place = own ? [] : ["--config-file", configFile(sandboxStack)];
  const cli = join(projectRoot, "release", "cli.ts");
  return runOnTerminal(process.execPath, [cli, ...args, ...place], { cwd: projectRoot, env });
}

async function down(): Promise<void> {
  const [{ stopCluster }, { refuseIfBusy }] = await Promise.all([
    import("./cluster/index.ts"),
    import("./start/lock.ts"),
  ]);
  const dir = defaultSandboxDir();
  refuseIfBusy(dir);
  await stopCluster(dir, (message) => process.stdout.write(`${message}\n`));
  // What was applied is gone with the cluster and the vendors' file, and so is the config that was played with.
  const applied = [
    "backend",
    "stack-cluster",
    "cloud.json",
    "Pulumi.sandbox.yaml",
    "Pulumi.sandbox-platform.yaml",
  ];
  for (const name of applied) {
    rmSync(join(dir, name), { recursive: true, force: true });
  }
  process.stdout.write("The sandbox is down; tools and logs stay.\n");
}

async function checkWorkflows(): Promise<number> {
  const { workflowProblems } = await import("./check-workflows.ts");
  const problems = await workflowProblems((message) => process.stderr.write(`${message}\n`));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

async function scanSecrets(): Promise<number> {
  const [{ ensureTools }, { runProcess }] = await Promise.all([
    import("./toolchain/index.ts"),
    import("./process.ts"),
  ]);
  const tools = await ensureTools(["gitleaks"], (message) => process.stderr.write(`${message}\n`));
  const args = ["git", "--redact", "--no-banner", "--config", ".gitleaks.toml"];
  const { code, stdout, stderr } = await runProcess(tools.gitleaks, args, { cwd: projectRoot });
  process.stderr.write(stdout + stderr);
  return code ?? 1;
}

// Whoever reads may have enough (`| head`): the rest is for nobody, and what is under way still comes to its end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const program = new Command("npm run sandbox --")
  .description("The whole delivery system on this machine: a real cluster, a real gateway, real switches.")
  .enablePositionalOptions();

program
  .command("start")
  .description("bring the sandbox up and switch traffic there and back under load")
  .option(
    "--gateway-port <port>",
    "port on 127.0.0.1 for the gateway (default: 8443)",
    wholeNumber(1, 65_535),
  )
  .option(
    "--http-port <port>",
    "port on 127.0.0.1 for plain HTTP, which the gateway sends on to HTTPS (default: 8088)",
    wholeNumber(1, 65_535),
  )
  .option("--rate <requests>", "requests a second (default: 500)", wholeNumber(1, 5_000))
  .action(
    async ({ gatewayPort, httpPort, rate }: { gatewayPort?: number; httpPort?: number; rate?: number }) => {
      const { tellStory } = await import("./start/story.ts");
      process.exitCode = await tellStory({
        dir: defaultSandboxDir(),
        gatewayPorts: {
          ...(gatewayPort === undefined ? {} : { https: gatewayPort }),
          ...(httpPort === undefined ? {} : { http: httpPort }),
        },
        ...(rate === undefined ? {} : { rate }),
      });
    },
  );

program
  .command("status")
  .description("what runs: processes, colours, weights, images, pods")
  .action(async () => {
    const { printStatus } = await import("./status/index.ts");
    await printStatus(defaultSandboxDir());
  });

program
  .command("cloud")
  .description("what the stand-in vendors hold: GitHub, Vercel, AWS, Sentry, PagerDuty, Slack")
  .option("--json", "all properties, as JSON", false)
  .option("--reveal", "with --json: secrets in plain", false)
  .action(async (options: { json: boolean; reveal: boolean }) => {
    const { printCloud } = await import("./vendor-objects.ts");
    printCloud(defaultSandboxDir(), options);
  });

program.command("down").description("end the sandbox; nothing of it stays on the machine").action(down);

program
  .command("pulumi")
  .description("run Pulumi on the sandbox's stack, such as: pulumi up")
  .argument("[args...]")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    process.exitCode = await runPulumi(args);
  });

program
  .command("gate")
  .description("preview a stack with the policies and the gates: one report, such as: gate --stack sandbox")
  .argument("[args...]")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    process.exitCode = await runGate(args);
  });

program
  .command("release")
  .description("run the release driver on the sandbox, such as: release start 1.1.0")
  .argument("[args...]")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    process.exitCode = await runRelease(args);
  });

program
  .command("bench")
  .description("measure, against goals")
  .addArgument(program.createArgument("<name>", "what to measure").choices(Object.keys(benches)))
  .action(async (name: string) => {
    const bench = await benches[name]?.();
    process.exitCode = (await bench?.(defaultSandboxDir())) ?? 1;
  });

program
  .command("check-workflows")
  .description("check the workflows of .github, and those for the application's repository")
  .action(async () => {
    process.exitCode = await checkWorkflows();
  });

program
  .command("scan-secrets")
  .description("look for secrets in the repository and its history")
  .action(async () => {
    process.exitCode = await scanSecrets();
  });

program
  .command("lint-manifests")
  .description("check the Kubernetes objects of every stack with kube-score")
  .action(async () => {
    const { lintManifests } = await import("./manifests/lint.ts");
    const lines = await lintManifests((message) => process.stderr.write(`${message}\n`));
    for (const line of lines) process.stderr.write(`${line}\n`);
    if (lines.length > 0) process.exitCode = 1;
  });

program
  .command("diff")
  .description("where two stacks differ, such as: diff staging production")
  .argument("<left>")
  .argument("<right>")
  .action(async (left: string, right: string) => {
    const { diffStacks } = await import("./manifests/diff.ts");
    process.stdout.write(`${diffStacks(left, right).join("\n")}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  const debug = process.env.DEBUG === "pulse";
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Unexpected: ${message} (DEBUG=pulse shows where)\n`);
  }
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  process.exitCode = 1;
}
