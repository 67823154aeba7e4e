import { load } from "js-yaml";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { runProcess } from "../process.ts";
import { ensureTools } from "../toolchain/index.ts";
import { manifests, type Manifest } from "./golden.ts";

/** The stacks whose objects are looked at. */
export const lintedStacks = ["sandbox", "staging", "production"] as const;

/** Something that kube-score would do otherwise. */
export interface Finding {
  /** Its name of the rule. */
  check: string;
  /** `Deployment/pulse-messages-blue` */
  object: string;
  text: string;
}

/** Findings that are meant to be. */
export interface Exception {
  check: string;
  objects: string[];
  reason: string;
}

interface Scored {
  type_meta: { kind: string };
  object_meta: { name: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

/** kube-score's best grade: nothing to say. */
const allOk = 10;

/** Checks the objects of every stack at kube-score's default rules. Gives the lines to print; none means all is well. */
export async function lintManifests(report: Report): Promise<string[]> {
  const tools = await ensureTools(["kube-score"], report);
  const findings: Record<string, Finding[]> = {};
  for (const stack of lintedStacks) findings[stack] = await score(tools["kube-score"], manifests(stack));
  return judge(findings, readExceptions());
}

export function readExceptions(): Exception[] {
  return load(readFileSync(new URL("exceptions.yaml", import.meta.url), "utf8")) as Exception[];
}

/** Runs kube-score on objects. */
export async function score(kubeScore: string, objects: readonly Manifest[]): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "pulse-manifests-"));
  try {
    const file = join(folder, "objects.yaml");
    // JSON is YAML.
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    const { stdout, stderr } = await runProcess(kubeScore, ["score", "--output-format", "json", file]);
    return findingsOf(parse(stdout, stderr));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its exit code says only that it found something. */
function parse(stdout: string, stderr: string): Scored[] {
  try {
    return JSON.parse(stdout) as Scored[];
  } catch {
    throw new UserError(`kube-score could not read the objects: ${(stderr || stdout).trim().slice(0, 500)}`);
  }
}

function findingsOf(scored: readonly Scored[]): Finding[] {
  return scored.flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < allOk)
      .map(({ check, comments }) => ({
        check: check.id,
        object: `${type_meta.kind}/${object_meta.name}`,
        text: (comments ?? []).map(({ summary }) => summary).join("; "),
      })),
  );
}

/** What is neither in order nor explained, and explanations that nothing needs. */
export function judge(
  findings: Readonly<Record<string, readonly Finding[]>>,
  exceptions: readonly Exception[],
): string[] {
  const covers = ({ check, objects }: Exception, finding: Finding): boolean =>
    check === finding.check && objects.includes(finding.object);
  const unexplained = Object.entries(findings).flatMap(([stack, found]) =>
    found
      .filter((finding) => !exceptions.some((exception) => covers(exception, finding)))
      .map(({ check, object, text }) => `${stack}: ${object} ${check}: ${text}`),
  );
  const all = Object.values(findings).flat();
  const stale = exceptions.flatMap((exception) =>
    exception.objects
      .filter((object) => !all.some((finding) => covers({ ...exception, objects: [object] }, finding)))
      .map((object) => `exceptions.yaml: nothing needs ${exception.check} for ${object} any more`),
  );
  return [...unexplained, ...stale];
}
