import { rmSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { UserError } from "./errors.ts";
import { defaultSandboxDir, projectRoot } from "./paths.ts";

// Each command loads what it needs when it runs: `npm run pulumi` should cost nothing on top of Pulumi.

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Want a whole number from ${min} to ${max}.`);
  };
}

async function runPulumi(args: readonly string[]): Promise<number> {
  const [
    { ensureTools },
    { clusterStatus },
    { PulumiCli, pulumiEnvironment, sandboxConfigFile },
    { userPulumi },
  ] = await Promise.all([
    import("./toolchain/index.ts"),
    import("./cluster/index.ts"),
    import("./pulumi.ts"),
    import("./user-pulumi.ts"),
  ]);
  const dir = defaultSandboxDir();
  const cluster = await clusterStatus(dir);
  if (!cluster) throw new UserError("No sandbox runs in this folder; npm start brings one up.");
  const tools = await ensureTools(["pulumi"], (message) => process.stderr.write(`${message}\n`));
  const env = pulumiEnvironment({ dir, kubeconfig: cluster.kubeconfig, tools });
  const configFile = (stack: string): string => sandboxConfigFile(dir, stack);
  const defaults = { configFile, policyPack: join(projectRoot, "policies") };
  return new PulumiCli({ pulumi: tools.pulumi, env }).runOnTerminal(userPulumi(args, defaults));
}

async function runRelease(args: readonly string[]): Promise<number> {
  const [{ ensureTools }, { clusterStatus }, { pulumiEnvironment, sandboxConfigFile }, { runOnTerminal }] =
    await Promise.all([
      import("./toolchain/index.ts"),
      import("./cluster/index.ts"),
      import("./pulumi.ts"),
      import("./terminal.ts"),
    ]);
  const dir = defaultSandboxDir();
  const cluster = await clusterStatus(dir);
  if (!cluster) throw new UserError("No sandbox runs in this folder; npm start brings one up.");
  const tools = await ensureTools(["pulumi"], (message) => process.stderr.write(`${message}\n`));
  const env = pulumiEnvironment({ dir, kubeconfig: cluster.kubeconfig, tools });
  // --emergency knows no stack; everything else gets the sandbox's own copy of the config.
  const own = args.includes("--emergency") || args.includes("--help") || args.length === 0;
  const place = own ? [] : ["--config-file", sandboxConfigFile(dir)];
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

async function actionlint(): Promise<number> {
  const [{ ensureTools }, { runProcess }] = await Promise.all([
    import("./toolchain/index.ts"),
    import("./process.ts"),
  ]);
  const tools = await ensureTools(["actionlint"], (message) => process.stderr.write(`${message}\n`));
  const { code, stdout, stderr } = await runProcess(tools.actionlint, [], { cwd: projectRoot });
  process.stderr.write(stdout + stderr);
  return code ?? 1;
}

const program = new Command("npm run sandbox --")
  .description("The whole delivery system on this machine: a real cluster, a real gateway, real switches.")
  .enablePositionalOptions();

program
  .command("start")
  .description("bring the sandbox up and switch traffic there and back under load")
  .option(
    "--gateway-port <port>",
    "port on 127.0.0.1 for the gateway (default: 8088)",
    wholeNumber(1, 65_535),
  )
  .option("--rate <requests>", "requests a second (default: 500)", wholeNumber(1, 5_000))
  .action(async ({ gatewayPort, rate }: { gatewayPort?: number; rate?: number }) => {
    const { tellStory } = await import("./start/story.ts");
    process.exitCode = await tellStory({
      dir: defaultSandboxDir(),
      ...(gatewayPort === undefined ? {} : { gatewayPort }),
      ...(rate === undefined ? {} : { rate }),
    });
  });

program
  .command("status")
  .description("what runs: processes, colours, weights, images, pods")
  .action(async () => {
    const { printStatus } = await import("./status/index.ts");
    await printStatus(defaultSandboxDir());
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
  .addArgument(program.createArgument("<name>", "what to measure").choices(["switch"]))
  .action(async () => {
    const { benchSwitch } = await import("./bench/switch.ts");
    process.exitCode = await benchSwitch(defaultSandboxDir());
  });

program
  .command("actionlint")
  .description("check the workflows of .github")
  .action(async () => {
    process.exitCode = await actionlint();
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
