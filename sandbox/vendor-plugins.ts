import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./paths.ts";
import { pluginFolder, quoted, writeLauncher } from "./plugin-folders.ts";
import { packages } from "./providers/vendors/facts.ts";
import { faultsVariable } from "./providers/vendors/faults.ts";
import { variableOf } from "./providers/vendors/vendors.ts";

/** The file that holds everything a sandbox's vendors have; secrets in it are plain. */
export const cloudFile = (dir: string): string => join(dir, "cloud.json");

/** The file with orders to fail, read anew by every call; none while it is missing. */
export const faultsFile = (dir: string): string => join(dir, "faults.json");

/** The npm packages of this project that ask the engine for a vendor's plugin. */
const sdks = [
  "@pulumi/aws",
  "@pulumi/github",
  "@pulumiverse/vercel",
  "@pulumi/pagerduty",
  "@pulumi/sentry",
  "@pulumi/slack",
];

/** Plugins by name, as the installed SDKs ask for them; Sentry and Slack share the one that is parameterized. */
function wantedPlugins(): Map<string, string> {
  return new Map(
    sdks.map((sdk): [string, string] => {
      const path = join(projectRoot, "node_modules", sdk, "package.json");
      const { pulumi } = JSON.parse(readFileSync(path, "utf8")) as {
        pulumi: { name: string; version: string };
      };
      return [pulumi.name, pulumi.version];
    }),
  );
}

/**
 * Puts the vendors' stand-ins into a sandbox's Pulumi home. They need no accounts: a token that the environment lacks
 * is made up. One that is set to nothing counts as missing, one that reads "expired" has expired.
 */
export function installVendorPlugins(dir: string, home: string): void {
  const defaults: [string, string][] = [
    ["PULSE_CLOUD_FILE", cloudFile(dir)],
    [faultsVariable, faultsFile(dir)],
    ...packages.map((name): [string, string] => [variableOf(name), "sandbox"]),
  ];
  const lines = defaults.map(
    ([name, value]) => `[ "\${${name}+set}" ] || ${name}=${quoted(value)}; export ${name}`,
  );
  for (const [name, version] of wantedPlugins())
    writeLauncher(
      pluginFolder(home, `resource-${name}`, version),
      `pulumi-resource-${name}`,
      "sandbox/providers/vendors/main.ts",
      [name, version],
      lines,
    );
}
