import * as pulumi from "@pulumi/pulumi";

/** One provider of each package, as the real stacks declare them. */
const providers: Readonly<Record<string, () => Promise<pulumi.ProviderResource>>> = {
  aws: async () => {
    const { Provider } = await import("@pulumi/aws/provider.js");
    return new Provider("aws", { region: "eu-central-1" });
  },
  github: async () => new (await import("@pulumi/github")).Provider("github", { owner: "sandbox" }),
  kubernetes: async () => new (await import("@pulumi/kubernetes")).Provider("kubernetes", {}),
  pagerduty: async () => new (await import("@pulumi/pagerduty")).Provider("pagerduty", {}),
  sentry: async () => new (await import("@pulumi/sentry")).Provider("sentry", {}),
  slack: async () => new (await import("@pulumi/slack")).Provider("slack", { token: "sandbox" }),
  vercel: async () => new (await import("@pulumiverse/vercel")).Provider("vercel", {}),
};

/** One resource on a provider. */
const resources: Readonly<Record<string, (provider: pulumi.ProviderResource) => Promise<unknown>>> = {
  kubernetes: async (provider) =>
    new (await import("@pulumi/kubernetes")).core.v1.ConfigMap(
      "one",
      { metadata: { name: "pulse-bench-providers", namespace: "default" }, data: { value: "0" } },
      { provider },
    ),
  slack: async (provider) => {
    const { Conversation } = await import("@pulumi/slack/bin/conversation.js");
    return new Conversation("one", { name: "bench", isPrivate: false }, { provider });
  },
};

/** Config `packages`: names with commas between them; `resource`: the package that has one resource. */
export async function main(): Promise<void> {
  const config = new pulumi.Config();
  const packages = config.get("packages")?.split(",") ?? [];
  for (const name of packages.filter((name) => name !== "")) {
    const provider = await providers[name]?.();
    if (provider && config.get("resource") === name) await resources[name]?.(provider);
  }
}
