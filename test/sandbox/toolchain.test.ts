import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { projectRoot } from "../../sandbox/paths.ts";
import { goModules, type GoModule } from "../../sandbox/toolchain/go-modules.ts";
import { goFailure, goToolFolder } from "../../sandbox/toolchain/go.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { withLock } from "../../sandbox/toolchain/lock.ts";
import { compatible, inRange, versions } from "../../sandbox/toolchain/versions.ts";

const nobodyReports = (): void => undefined;
const environment = { ...process.env };
let folder: string;

/** A program on the test's PATH that is a few lines of sh. */
function fakeProgram(name: string, script: string): string {
  const path = join(folder, "bin", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "toolchain-"));
  process.env.PULSE_CACHE_DIR = join(folder, "cache");
  process.env.PATH = `${join(folder, "bin")}:/usr/bin:/bin`;
});

afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

const moduleNamed = (name: string): GoModule => {
  const found = goModules.find((module) => module.name === name);
  if (!found) throw new Error(`no module ${name}`);
  return found;
};

test.each([
  ["pulumi", "github.com/pulumi/pulumi/pkg/v3"],
  ["etcd", "go.etcd.io/etcd/server/v3"],
  ["kubernetes", "k8s.io/kubernetes"],
  ["kwok", "sigs.k8s.io/kwok"],
  ["envoy-gateway", "github.com/envoyproxy/gateway"],
  ["coredns", "github.com/coredns/coredns"],
  ["metrics-server", "sigs.k8s.io/metrics-server"],
  ["actionlint", "github.com/rhysd/actionlint"],
  ["kube-score", "github.com/zegl/kube-score"],
  ["cert-manager", "github.com/cert-manager/cert-manager"],
] as const)("go.mod of %s pins the version that versions.ts names", (name, path) => {
  const goMod = readFileSync(join(projectRoot, "sandbox/toolchain/go", name, "go.mod"), "utf8");
  expect(goMod).toMatch(
    new RegExp(`^(require )?\\s*${path} v${versions[name].replaceAll(".", "\\.")}$`, "m"),
  );
});

test("every folder under go/ is built by one module, and the Gateway API is the one Envoy Gateway knows", () => {
  const folders = readdirSync(join(projectRoot, "sandbox/toolchain/go")).sort();
  expect(goModules.map(({ name }) => name).sort()).toEqual(folders);
  const goMod = readFileSync(join(projectRoot, "sandbox/toolchain/go/envoy-gateway/go.mod"), "utf8");
  expect(goMod).toContain(`sigs.k8s.io/gateway-api v${versions["gateway-api"]} `);
});

test("package.json asks for the Pulumi SDK and Kubernetes plugin that versions.ts names", () => {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies["@pulumi/pulumi"]).toBe(versions.pulumi);
  expect(dependencies["@pulumi/kubernetes"]).toBe(versions["pulumi-kubernetes"]);
});

test.each([
  ["v3.256.0", true],
  ["v3.300.1", true],
  ["3.255.9", false],
  ["v4.0.0", false],
  ["no version", false],
])("pulumi %s is compatible: %s", (text, expected) => {
  expect(inRange(text, compatible.pulumi)).toBe(expected);
});

test("a tool's folder changes with its recipe, so that an old binary is not taken for a new one", () => {
  const module = moduleNamed("etcd");
  expect(goToolFolder(module)).toBe(goToolFolder({ ...module }));
  expect(goToolFolder(module)).not.toBe(goToolFolder({ ...module, tags: ["other"] }));
});

test("a compatible pulumi on PATH is used as it is", async () => {
  const path = fakeProgram("pulumi", "echo v3.260.1");
  await expect(ensureTools(["pulumi"], nobodyReports)).resolves.toEqual({ pulumi: path });
});

test("an old pulumi on PATH is passed over, with the reason, and one is built", async () => {
  fakeProgram("pulumi", "echo v3.100.0");
  fakeProgram("npm", "exit 1");
  fakeGo("exit 0");
  const lines: string[] = [];
  const { pulumi } = await ensureTools(["pulumi"], (line) => lines.push(line));
  expect(pulumi).toBe(join(goToolFolder(moduleNamed("pulumi")), "pulumi"));
  expect(lines[0]).toBe(
    `not using pulumi 3.100.0 at ${join(folder, "bin/pulumi")}: at least 3.256.0 and below 4.0.0 is needed`,
  );
  expect(lines).toContain("could not download the official pulumi 3.256.0");
});

test("the official download is taken where it works, with what lies beside it", async () => {
  const script = [
    'echo "=== Installing Pulumi ==="',
    'mkdir -p "$PULUMI_HOME/versions/3.256.0/bin"',
    'for f in pulumi pulumi-language-nodejs; do cp "$0" "$PULUMI_HOME/versions/3.256.0/bin/$f"; done',
  ];
  fakeProgram("npm", script.join("\n"));
  const { pulumi } = await ensureTools(["pulumi"], nobodyReports);
  expect(pulumi).toBe(join(folder, "cache/tools/pulumi-3.256.0/pulumi"));
  expect(readdirSync(dirname(pulumi)).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
});

/** A go command that "builds" by writing the wanted files; `before` runs first, with the subcommand in $1. */
function fakeGo(before: string): string {
  return fakeProgram(
    "go",
    `( ${before} ) || exit 1
if [ "$1" = list ]; then echo "go: downloading a v1" >&2; echo a; exit; fi
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
for package; do name=$(basename "$package"); [ "$name" = . ] && name=$(basename "$PWD"); echo built > "$out/$name"; chmod +x "$out/$name"; done`,
  );
}

test("tools of one module are built by one command, and only the missing ones", async () => {
  const log = join(folder, "log");
  fakeGo(`echo "$@" >> ${log}`);
  await ensureTools(["kube-apiserver", "kube-scheduler"], nobodyReports);
  await ensureTools(["kube-apiserver", "kube-scheduler", "kube-controller-manager"], nobodyReports);
  await ensureTools(["kube-apiserver"], nobodyReports);
  const builds = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("build"));
  expect(builds.map((line) => line.replace(/.*-o \S+ /, ""))).toEqual([
    "k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-scheduler",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
  ]);
});

test("a failed build says why, leaves no binary and works the next time", async () => {
  fakeGo('[ "$1" = list ] || { echo "write /x: no space left on device" >&2; exit 1; }');
  await expect(ensureTools(["etcd"], nobodyReports)).rejects.toThrow(
    /^not enough disk space in .*cache: \S+ [MG]B free, about 600 MB needed/,
  );
  expect(existsSync(join(goToolFolder(moduleNamed("etcd")), "etcd"))).toBe(false);
  fakeGo("exit 0");
  await expect(ensureTools(["etcd"], nobodyReports)).resolves.toHaveProperty("etcd");
});

test("an interrupted build ends its go command and leaves the lock free", async () => {
  const pidFile = join(folder, "pid");
  fakeGo(`[ "$1" = list ] || { echo $$ > ${pidFile}; exec sleep 60; }`);
  const stop = new AbortController();
  const building = ensureTools(["etcd"], nobodyReports, stop.signal);
  while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort(new Error("interrupted"));
  await expect(building).rejects.toThrow("interrupted");
  expect(() => process.kill(Number(readFileSync(pidFile, "utf8")), 0)).toThrow("ESRCH");
  fakeGo("exit 0");
  await expect(ensureTools(["etcd"], nobodyReports)).resolves.toHaveProperty("etcd");
});

test.each([
  [
    "go: go.mod requires go >= 1.26.7 (running go 1.24.4; GOTOOLCHAIN=local)",
    "the go on PATH is too old to build etcd 3.6.5: it needs Go 1.26.7 or newer. Update Go, or allow it to fetch " +
      "the newer one itself (GOTOOLCHAIN=auto).",
  ],
  [
    "go: errors parsing go.mod:\n/x/go.mod:3: invalid go version '1.26.0': must match format 1.23",
    "the go on PATH is too old to build etcd 3.6.5: it needs Go 1.26.0 or newer. Update Go, or allow it to fetch " +
      "the newer one itself (GOTOOLCHAIN=auto).",
  ],
  [
    "go: a@v1: Get https://x: dial tcp: lookup x: no such host",
    "could not download the sources of etcd 3.6.5: go: a@v1: Get https://x: dial tcp: lookup x: no such host. Check " +
      "the network and GOPROXY, and run the command again: it goes on where it stopped.",
  ],
  ["x.go:1: syntax error", "building etcd 3.6.5 failed: x.go:1: syntax error\nThe whole output is in /log."],
])("go's answer %j reads as a sentence", (output, sentence) => {
  expect(goFailure(moduleNamed("etcd"), output, "/log").message).toBe(sentence);
});

test("without go, a build says what to install", async () => {
  process.env.PATH = join(folder, "bin");
  await expect(ensureTools(["etcd"], nobodyReports)).rejects.toThrow(
    "etcd must be built from source, and there is no go on PATH: install Go (https://go.dev/dl), or put etcd on " +
      "PATH, and run the command again.",
  );
});

test("a second start waits for the first and says for what; a dead one's lock is taken over", async () => {
  const cache = join(folder, "cache");
  const order: string[] = [];
  const lines: string[] = [];
  let finish: () => void = () => undefined;
  const first = withLock(cache, "building etcd", nobodyReports, undefined, async () => {
    await new Promise<void>((resolve) => (finish = resolve));
    order.push("first");
  });
  const second = withLock(
    cache,
    "building pulumi",
    (line) => lines.push(line),
    undefined,
    () => {
      order.push("second");
      return Promise.resolve();
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  finish();
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
  expect(lines).toEqual([`waiting for process ${process.pid}, which is building etcd`]);

  writeFileSync(join(cache, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1", what: "nothing" }));
  await expect(withLock(cache, "x", nobodyReports, undefined, () => Promise.resolve(1))).resolves.toBe(1);
});
