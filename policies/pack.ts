import {
  PolicyPack,
  type Policies,
  type PolicyConfigSchema,
  type ResourceValidation,
  type StackValidation,
} from "@pulumi/policy";
import { rules } from "./catalog.ts";
import { runResourceRule, runStackRule, type ResourceRule, type Rule, type StackRule } from "./rule.ts";
import { Stack } from "./stack.ts";

/** The SDK skips a function with a type before it unpacks any resource for it. */
const onlyFor = <T extends object>(type: string | undefined, run: T): T =>
  Object.assign(run, { __pulumiType: type });

function validateResource(rule: ResourceRule): ResourceValidation {
  const [only, ...others] = typeof rule.types === "function" ? [] : rule.types;
  return onlyFor<ResourceValidation>(
    others.length === 0 ? only : undefined,
    ({ type, name, urn, props, opts, ...policy }, report) =>
      runResourceRule(rule, { type, name, urn, props, protect: opts.protect }, policy.getConfig(), report),
  );
}

function validateStack(rule: StackRule): StackValidation {
  return onlyFor<StackValidation>(rule.onlyWith, ({ resources, ...policy }, report) => {
    const seen = resources.map(({ type, name, urn, props, opts, propertyDependencies }) => ({
      type,
      name,
      urn,
      props,
      protect: opts.protect,
      madeFrom: propertyDependencies,
    }));
    runStackRule(rule, new Stack(seen), policy.getConfig(), report);
  });
}

function configSchema({ settings = {} }: Rule): PolicyConfigSchema {
  const properties = Object.entries(settings).map(([key, { type, description }]) => [
    key,
    { type, description },
  ]);
  return { properties: Object.fromEntries(properties) as PolicyConfigSchema["properties"] };
}

function policyOf(rule: Rule): Policies[number] {
  const facts = {
    name: rule.name,
    description: rule.title,
    enforcementLevel: rule.level,
    severity: rule.severity,
    url: rule.link,
    remediationSteps: rule.fix,
    configSchema: configSchema(rule),
  };
  return rule.of === "stack"
    ? { ...facts, validateStack: validateStack(rule) }
    : { ...facts, validateResource: validateResource(rule) };
}

new PolicyPack("pulse-infra", { policies: rules.map(policyOf) });
