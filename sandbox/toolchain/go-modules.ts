import { versions } from "./versions.ts";

/** One folder under go/: a Go module that pins and builds one or more tools. */
export interface GoModule {
  /** Folder name, and the name people know it by. */
  name: string;
  version: string;
  /** Tool name to Go package; "." is a main package of the folder itself. */
  packages: Readonly<Record<string, string>>;
  /** Values for string variables in the binary (`-X`), mostly versions that the tool reports. */
  variables?: Readonly<Record<string, string>>;
  tags?: readonly string[];
  /** Sources, build cache and binaries of a cold build, in MB (measured): for the check of the disk. */
  diskMb: number;
}

const kubernetesVersion = `v${versions.kubernetes}`;
const [major, minor] = versions.kubernetes.split(".") as [string, string, string];

/** Kubernetes programs read their version from variables that its own build scripts set. */
const kubernetesVariables = Object.fromEntries(
  ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
    [`${path}.gitVersion`, kubernetesVersion],
    [`${path}.gitMajor`, major],
    [`${path}.gitMinor`, minor],
  ]),
);

const kubernetesPackage = (name: string): [string, string] => [name, `k8s.io/kubernetes/cmd/${name}`];

/** Everything that is built from source, in the order that shows something early: the engine first. */
export const goModules = [
  {
    name: "pulumi",
    version: versions.pulumi,
    packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
    tags: ["osusergo", "grpcnotrace"],
    diskMb: 3500,
  },
  {
    // shares the engine's modules
    name: "sdkgen",
    version: versions.pulumi,
    packages: { sdkgen: "." },
    diskMb: 3500,
  },
  {
    name: "etcd",
    version: versions.etcd,
    packages: { etcd: "." },
    diskMb: 600,
  },
  {
    name: "kubernetes",
    version: versions.kubernetes,
    packages: Object.fromEntries(
      ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl", "kube-proxy"].map(
        kubernetesPackage,
      ),
    ),
    variables: kubernetesVariables,
    diskMb: 4500,
  },
  {
    name: "kwok",
    version: versions.kwok,
    packages: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
    variables: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${versions.kwok}` },
    diskMb: 1000,
  },
  {
    name: "envoy-gateway",
    version: versions["envoy-gateway"],
    packages: { "envoy-gateway": "github.com/envoyproxy/gateway/cmd/envoy-gateway" },
    diskMb: 2500,
  },
  {
    name: "coredns",
    version: versions.coredns,
    packages: { coredns: "." },
    diskMb: 800,
  },
  {
    name: "metrics-server",
    version: versions["metrics-server"],
    packages: { "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server" },
    diskMb: 900,
  },
  {
    name: "actionlint",
    version: versions.actionlint,
    packages: { actionlint: "github.com/rhysd/actionlint/cmd/actionlint" },
    diskMb: 150,
  },
  {
    name: "kube-score",
    version: versions["kube-score"],
    packages: { "kube-score": "github.com/zegl/kube-score/cmd/kube-score" },
    diskMb: 400,
  },
  {
    // for its resource definitions: nothing of it is built
    name: "cert-manager",
    version: versions["cert-manager"],
    packages: {},
    diskMb: 30,
  },
  {
    name: "pause",
    version: versions.pause,
    packages: { pause: "." },
    diskMb: 50,
  },
] as const satisfies readonly GoModule[];
