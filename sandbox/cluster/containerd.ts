import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { bridgeName, podNetwork } from "./network.ts";
import { runToEnd } from "./kubectl.ts";
import { inMountNamespace } from "./mounts.ts";
import { containerdSocket, runFolder, sandboxName } from "./places.ts";
import type { FullTool } from "./full-tools.ts";
import { waitFor } from "./wait.ts";

/** The image that holds a pod's namespaces open. */
export const pauseImage = "localhost/pulse-sandbox/pause:1.0.0";

/** Starts a containerd of the sandbox's own: root, state, socket, plugins and CNI settings apart from any other. */
export async function startContainerd(context: Context<FullTool>): Promise<void> {
  const { dir, processes, tools } = context;
  const config = join(dir, "containerd", "config.toml");
  mkdirSync(join(dir, "containerd", "cni"), { recursive: true });
  mkdirSync(runFolder(dir), { recursive: true, mode: 0o700 });
  writeFileSync(config, containerdConfig(dir, tools));
  writeFileSync(
    join(dir, "containerd", "cni", "10-sandbox.conflist"),
    JSON.stringify(cniConfig(dir), undefined, 2),
  );
  processes.ensure(
    inMountNamespace(context, {
      name: "containerd",
      command: tools.containerd,
      args: ["--config", config],
      env: {
        // containerd looks for its shim on PATH; the shim for runc's library where the linker does.
        PATH: [dirname(tools["containerd-shim-runc-v2"]), process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(
          delimiter,
        ),
        ...librariesOf(tools.runc),
      },
    }),
  );
  await waitFor(() => ctr(context, ["version"]), {
    ...waiting(context, "containerd"),
    what: "containerd",
    timeoutSeconds: 30,
  });
}

/** Imports images from a docker-archive tar, so that pods find them without a registry. */
export async function importImage(context: Pick<Context<"ctr">, "dir" | "tools" | "signal">, tar: string) {
  await ctr(context, ["images", "import", tar]);
}

/** References of the images that containerd has. */
export async function importedImages(
  context: Pick<Context<"ctr">, "dir" | "tools" | "signal">,
): Promise<string[]> {
  return (await ctr(context, ["images", "list", "--quiet"])).split("\n").filter(Boolean);
}

function ctr(
  { dir, tools, signal }: Pick<Context<"ctr">, "dir" | "tools" | "signal">,
  args: readonly string[],
) {
  return runToEnd(tools.ctr, ["--address", containerdSocket(dir), "--namespace", "k8s.io", ...args], {
    signal,
  });
}

/** A runc unpacked from its package brings its library along; an installed one finds the system's. */
function librariesOf(runc: string): Record<string, string> {
  const root = join(dirname(runc), "..", "lib");
  if (!existsSync(root)) return {};
  const folder = readdirSync(root).find((name) => existsSync(join(root, name, "libseccomp.so.2")));
  return folder === undefined || runc.startsWith("/usr/") ? {} : { LD_LIBRARY_PATH: join(root, folder) };
}

function containerdConfig(dir: string, tools: Record<"runc" | "cni", string>): string {
  const text = JSON.stringify;
  const run = runFolder(dir);
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${text(join(dir, "containerd", "root"))}
state = ${text(join(run, "containerd"))}

[grpc]
  address = ${text(containerdSocket(dir))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(dir, "containerd", "opt"))}

[${cri}]
  # Some machines withhold CAP_SYS_RESOURCE; without this every pod fails there.
  restrict_oom_score_adj = true
  sandbox_image = ${text(pauseImage)}
  netns_mounts_under_state_dir = true
  [${cri}.cni]
    bin_dir = ${text(tools.cni)}
    conf_dir = ${text(join(dir, "containerd", "cni"))}
  [${cri}.containerd]
    snapshotter = ${text(snapshotter(dir))}
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [${cri}.containerd.runtimes.runc.options]
        BinaryName = ${text(tools.runc)}
`;
}

/** An overlay cannot lie on another one, as where the sandbox's folder is inside a container's own image. */
function snapshotter(dir: string): string {
  const overlayfs = 0x794c7630;
  return statfsSync(dir).type === overlayfs ? "native" : "overlayfs";
}

function cniConfig(dir: string) {
  return {
    cniVersion: "0.4.0",
    name: sandboxName(dir),
    plugins: [
      {
        type: "bridge",
        bridge: bridgeName,
        // The bridge has its address already; as gateway the plugin would also turn on IP forwarding.
        isGateway: false,
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: join(runFolder(dir), "cni"),
          ranges: [[{ subnet: podNetwork }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
}

/** Removes what containerd kept for the sandbox. */
export function removeContainerd(dir: string): void {
  for (const folder of [join(dir, "containerd"), runFolder(dir)])
    rmSync(folder, { recursive: true, force: true });
}
