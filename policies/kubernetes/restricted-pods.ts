import { resourceRule, show, want } from "../rule.ts";
import { containerName, containersOf, hasPods, podOf } from "./pods.ts";

const seccomp = ["RuntimeDefault", "Localhost"];

export const restrictedPods = resourceRule({
  name: "kubernetes-restricted-pods",
  title: "Pods keep the restricted Pod Security Standard",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-21", "SEC-22", "SEC-24", "SEC-26"],
  why: "A process with more rights than it needs turns one hole in the application into a hole in the node.",
  fix: "Run as a user other than root with runAsNonRoot, seccompProfile RuntimeDefault, allowPrivilegeEscalation false, capabilities drop ALL, and none of the host's namespaces, ports or folders.",
  link: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  types: hasPods,
  *check(resource) {
    const pod = podOf(resource);
    const spec = pod?.spec ?? {};
    const own = spec.securityContext ?? {};
    for (const key of ["hostNetwork", "hostPID", "hostIPC"] as const) {
      yield () => want(spec[key] !== true, `has ${key}`);
    }
    for (const volume of spec.volumes ?? []) {
      yield () =>
        want(volume.hostPath === undefined, `mounts a folder of the node as volume ${show(volume.name)}`);
    }
    yield () => want(own.runAsUser !== 0, "runs as root (runAsUser 0)");
    for (const container of containersOf(pod)) {
      const where = containerName(container);
      const context = container.securityContext ?? {};
      const { capabilities = {} } = context;
      yield () =>
        want((context.runAsNonRoot ?? own.runAsNonRoot) === true, `does not set runAsNonRoot for ${where}`);
      yield () => want(context.runAsUser !== 0, `runs ${where} as root (runAsUser 0)`);
      yield () =>
        want(
          seccomp.includes((context.seccompProfile ?? own.seccompProfile)?.type ?? ""),
          `has no seccompProfile RuntimeDefault or Localhost for ${where}`,
        );
      yield () =>
        want(
          context.allowPrivilegeEscalation === false,
          `does not set allowPrivilegeEscalation to false for ${where}`,
        );
      yield () => want(context.privileged !== true, `runs ${where} privileged`);
      yield () =>
        want(capabilities.drop?.includes("ALL") === true, `does not drop the capabilities ALL for ${where}`);
      yield () => {
        const more = (capabilities.add ?? []).filter((capability) => capability !== "NET_BIND_SERVICE");
        return want(more.length === 0, `adds the capabilities ${more.join(", ")} to ${where}`);
      };
      for (const port of container.ports ?? []) {
        yield () =>
          want((port.hostPort ?? 0) === 0, `opens port ${show(port.hostPort)} of the node for ${where}`);
      }
    }
  },
});
