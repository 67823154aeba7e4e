import * as policy from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { runResourceRule, runStackRule, type Rule } from "../../policies/rule.ts";
import { Stack, type StackResource } from "../../policies/stack.ts";

/** Not in the SDK's types: what it wraps a preview's properties in. */
const { unknownCheckingProxy, UnknownValueError } = policy as unknown as {
  unknownCheckingProxy: (props: object) => Readonly<Record<string, unknown>>;
  UnknownValueError: new () => Error;
};

/** What stands for a text that a preview does not know yet. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a rule has to say about a stack. */
export interface Verdict {
  messages: string[];
  /** What it could not look at yet, as the SDK tells it. */
  unknown: string[];
}

/** Runs one rule as the SDK does. */
export function verdictOf(rule: Rule, resources: readonly StackResource[], settings: object = {}): Verdict {
  const verdict: Verdict = { messages: [], unknown: [] };
  const report = (message: string): void => void verdict.messages.push(message);
  const wrapped = resources.map((resource) => ({ ...resource, props: unknownCheckingProxy(resource.props) }));
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      verdict.unknown.push(error.message);
    }
  };
  if (rule.of === "stack") {
    if (rule.onlyWith === undefined || resources.some(({ type }) => type === rule.onlyWith)) {
      attempt(() => runStackRule(rule, new Stack(wrapped), settings, report));
    }
  } else for (const seen of wrapped) attempt(() => runResourceRule(rule, seen, settings, report));
  return verdict;
}

/** Everything that a program registered, in the form in which policies see it: secrets are values. */
export function seenBy(requests: readonly RegisterResourceRequest[], stack: string): StackResource[] {
  return requests.map((request) => ({
    type: request.getType(),
    name: request.getName(),
    urn: urnOf(request, stack),
    props: bare(request.getObject()?.toJavaScript() ?? {}) as StackResource["props"],
    protect: request.getProtect() ?? false,
    madeFrom: Object.fromEntries(
      [...request.getPropertydependenciesMap().entries()].map(([property, list]) => [
        property,
        list.getUrnsList().map((urn) => ({ urn })),
      ]),
    ),
  }));
}

/** `urn:pulumi:production::pulse-infra::pulse:aws:BackupVault$aws:s3/bucket:Bucket::backups` */
function urnOf(request: RegisterResourceRequest, stack: string): string {
  const parents = (request.getParent().split("::")[2] ?? "").replace(/^pulumi:pulumi:Stack\$?/, "");
  const types = parents === "" ? [] : [parents];
  return [
    "urn:pulumi:" + stack,
    "pulse-infra",
    [...types, request.getType()].join("$"),
    request.getName(),
  ].join("::");
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return bare(pulumi.runtime.unwrapRpcSecret(value));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bare(inner)]));
}
