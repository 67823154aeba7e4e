import * as pulumi from "@pulumi/pulumi";
import { mistakesText } from "../../infra/domain/mistake.ts";

/** Takes over what vendors have already, by the config's `import`. */
export interface Adoption {
  /** For the options of components: reaches all their resources. */
  transformation: pulumi.ResourceTransformation;
  /** Ends the program when a name in the config is no resource's. */
  finish(): void;
}

/** `ids`: the vendor's id by the name of a resource, as `pulumi preview` shows it. Later runs change nothing. */
export function adoption(ids: Readonly<Record<string, string>>): Adoption {
  const left = new Set(Object.keys(ids));
  return {
    transformation: ({ name, type, props, opts }) => {
      const id = ids[name];
      // A component, which may have the same name, exists nowhere but here.
      if (id === undefined || type.startsWith("pulse:")) return undefined;
      left.delete(name);
      return { props, opts: pulumi.mergeOptions(opts, { import: id }) };
    },
    finish: () => {
      if (left.size === 0) return;
      const lines = [...left].map(
        (name) => `import.${name} is no resource; allowed: names as \`pulumi preview\` shows them`,
      );
      throw new pulumi.RunError(mistakesText("The stack's config", lines));
    },
  };
}
