import * as pulumi from "@pulumi/pulumi";
import { nearest } from "../../infra/config/nearest.ts";
import { mistakeLine, mistakesText, type Mistake } from "../../infra/domain/mistake.ts";

/** Takes over what vendors have already, by the config's `import`. */
export interface Adoption {
  /** For the options of components: reaches all their resources. */
  transformation: pulumi.ResourceTransformation;
  /** To be called when everything is declared: nothing is registered before. Ends the program where `import` is wrong. */
  finish(): void;
}

/** Their keys can be read back, and an import would write them into the state in plain text. */
const keysInPlain = new Set([
  "pagerduty:index/serviceIntegration:ServiceIntegration",
  "sentry:index/integrationPagerduty:IntegrationPagerduty",
]);

/** `ids`: the vendor's id by the name of a resource, as `pulumi preview` shows it. Later runs change nothing. */
export function adoption(ids: Readonly<Record<string, string>>): Adoption {
  if (Object.keys(ids).length === 0) return { transformation: () => undefined, finish: () => undefined };
  const names: string[] = [];
  const mistakes: Mistake[] = [];
  const checked = Promise.withResolvers<undefined>();
  return {
    transformation: ({ name, type, props, opts }) => {
      // A component, which may have the same name, exists nowhere but here.
      const own = !type.startsWith("pulse:");
      const id = own ? ids[name] : undefined;
      if (own) names.push(name);
      if (id !== undefined && keysInPlain.has(type))
        mistakes.push({
          path: `import.${name}`,
          problem: "would put its key into the stack's state in plain text",
          hint: "allowed: nothing; a new one is made beside it, and the old one is deleted by hand (docs/platform.md)",
        });
      const { dependsOn = [] } = opts;
      const others = checked.promise.then(() => dependsOn) as Promise<pulumi.Resource[]>;
      return { props, opts: { ...opts, dependsOn: others, ...(id !== undefined && { import: id }) } };
    },
    finish: () => {
      for (const name of Object.keys(ids).filter((name) => !names.includes(name))) {
        const meant = nearest(name, names);
        mistakes.push({
          path: `import.${name}`,
          problem: "is no resource",
          hint: `allowed: names as \`pulumi preview\` shows them${meant === undefined ? "" : `; did you mean ${meant}?`}`,
        });
      }
      if (mistakes.length === 0) {
        checked.resolve(undefined);
        return;
      }
      const error = new pulumi.RunError(mistakesText("The stack's config", mistakes.map(mistakeLine)));
      // What waits for it fails with the same error, which is told once.
      checked.reject(error);
      throw error;
    },
  };
}
