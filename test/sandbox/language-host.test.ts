import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { credentials, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { programInvocation, runtimeOptions } from "../../sandbox/language-host/program.ts";
import { runOutcome } from "../../sandbox/language-host/service.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { isAlive } from "../../sandbox/process.ts";

let folder: string;
/** Listens, as an engine that lives does, and answers nothing. */
let engine: Server;
let host: ChildProcess;
let client: InstanceType<typeof languageGrpc.LanguageRuntimeClient>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "host-"));
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
  const main = join(projectRoot, "sandbox/language-host/main.ts");
  engine = createServer((socket) => socket.resume().on("error", () => undefined));
  await once(engine.listen(0, "127.0.0.1"), "listening");
  const engineAddress = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const started = spawn(process.execPath, [main, engineAddress], { stdio: ["ignore", "pipe", "inherit"] });
  host = started;
  const [port] = (await once(started.stdout, "data")) as [Buffer];
  const address = `127.0.0.1:${port.toString().trim()}`;
  client = new languageGrpc.LanguageRuntimeClient(address, credentials.createInsecure());
});

afterEach(() => {
  client.close();
  host.kill("SIGKILL");
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function program(
  options: Record<string, structPb.JavaScriptValue> = { typescript: false },
): languagePb.ProgramInfo {
  const info = new languagePb.ProgramInfo();
  info.setRootDirectory(folder);
  info.setProgramDirectory(folder);
  info.setEntryPoint(".");
  info.setOptions(structPb.Struct.fromJavaScript(options));
  return info;
}

function runRequest(): languagePb.RunRequest {
  const request = new languagePb.RunRequest();
  request.setPwd(folder);
  request.setInfo(program());
  request.setProject("tiny");
  request.setStack("sandbox");
  request.setOrganization("organization");
  request.setMonitorAddress("127.0.0.1:2");
  request.setParallel(4);
  request.setDryrun(true);
  request.getConfigMap().set("tiny:a", "1");
  request.setConfigsecretkeysList(["tiny:a"]);
  return request;
}

const run = (request: languagePb.RunRequest): Promise<languagePb.RunResponse> =>
  new Promise((resolve, reject) =>
    client.run(request, (error: ServiceError | null, response: languagePb.RunResponse) =>
      error ? reject(error) : resolve(response),
    ),
  );

test("a program gets the engine's facts as flags and its config in the environment", () => {
  const { args, env, cwd } = programInvocation(runRequest(), "127.0.0.1:1", "");
  expect(args[0]).toMatch(/@pulumi\/pulumi\/cmd\/run\/index\.js$/);
  expect(args.slice(1).join(" ")).toBe(
    `--monitor 127.0.0.1:2 --engine 127.0.0.1:1 --organization organization --project tiny --stack sandbox --pwd ${folder} ` +
      `--root-directory ${folder} --parallel 4 --dry-run .`,
  );
  expect(env).toEqual({
    PULUMI_CONFIG: '{"tiny:a":"1"}',
    PULUMI_CONFIG_SECRET_KEYS: '["tiny:a"]',
    PULUMI_NODEJS_TYPESCRIPT: "false",
  });
  expect(cwd).toBe(folder);
});

test("runtime options are read, and a wrong one is a sentence", () => {
  expect(runtimeOptions(program({ nodeargs: "--a  --b=1" }))).toEqual({
    typescript: true,
    nodeArguments: ["--a", "--b=1"],
  });
  expect(() => runtimeOptions(program({ typescript: "no" }))).toThrow(
    'runtime option typescript must be true or false, not "no"',
  );
});

test.each([
  [0, null, false, {}],
  [32, null, false, { bail: true }],
  [1, null, false, { error: "the program ended with exit code 1" }],
  [null, "SIGKILL", false, { error: "the program was ended by SIGKILL" }],
  [null, "SIGTERM", true, { bail: true }],
] as const)("a program that ends with %p, %p (by us: %p) is %j", (code, signal, byUs, outcome) => {
  expect(runOutcome(code, signal, byUs)).toEqual(outcome);
});

test("it says who it is", async () => {
  const about = await new Promise<languagePb.AboutResponse>((resolve, reject) =>
    client.about(new languagePb.AboutRequest(), (error, response) =>
      error ? reject(error) : resolve(response),
    ),
  );
  expect(about.getVersion()).toBe(process.version);
});

test("a program that exits by itself fails the run", async () => {
  // there is no engine to run the program against, so it ends before it would look for one
  writeFileSync(join(folder, "end.cjs"), "process.exit(7);");
  const request = runRequest();
  request.setInfo(program({ typescript: false, nodeargs: `--require ${join(folder, "end.cjs")}` }));
  expect((await run(request)).getError()).toBe("the program ended with exit code 7");
});

test("a program whose packages are not installed says what to do", async () => {
  rmSync(join(folder, "node_modules"));
  expect((await run(runRequest())).getError()).toBe(
    `@pulumi/pulumi is not installed for ${folder}: run npm ci there`,
  );
});

/** Starts a policy pack whose only act is to print its process id. */
async function startPack(): Promise<{
  stream: ClientReadableStream<languagePb.RunPluginResponse>;
  pid: number;
}> {
  const pack = join(folder, "pack");
  mkdirSync(pack);
  writeFileSync(join(pack, "package.json"), '{"type":"module","main":"index.mjs"}');
  writeFileSync(join(pack, "index.mjs"), "console.log(process.pid); setInterval(() => {}, 1000);");
  const request = new languagePb.RunPluginRequest();
  const info = program();
  info.setProgramDirectory(pack);
  request.setInfo(info);
  request.setKind("analyzer");
  request.setPwd(folder);
  request.setArgsList(["127.0.0.1:1"]);
  const stream = client.runPlugin(request);
  stream.on("error", () => undefined);
  let stderr = "";
  const pid = await new Promise<number>((resolve, reject) => {
    stream.on("data", (response: languagePb.RunPluginResponse) => {
      const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
      stderr += text(response.getStderr_asU8());
      const printed = Number(text(response.getStdout_asU8()));
      if (printed > 0) resolve(printed);
      else if (response.hasExitcode()) reject(new Error(`the pack ended: ${stderr}`));
    });
  });
  return { stream, pid };
}

async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && isAlive(pid); i++) await delay(50);
  return !isAlive(pid);
}

test("a policy pack ends when the engine drops its call", async () => {
  const { stream, pid } = await startPack();
  expect(isAlive(pid)).toBe(true);
  stream.cancel();
  expect(await ends(pid)).toBe(true);
});

test("cancelling, or a signal to the host, leaves no process behind", async () => {
  const { pid } = await startPack();
  await new Promise<void>((resolve, reject) =>
    client.cancel(new emptyPb.Empty(), (error) => (error ? reject(error) : resolve())),
  );
  expect(isAlive(pid)).toBe(false);
  rmSync(join(folder, "pack"), { recursive: true });
  const second = await startPack();
  const hostEnds = once(host, "exit");
  host.kill("SIGINT");
  expect(await ends(second.pid)).toBe(true);
  await hostEnds;
});
