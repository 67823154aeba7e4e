import * as pulumi from "@pulumi/pulumi";
import { mistakeLine, mistakesText, type Mistake } from "../infra/domain/mistake.ts";

/** Ends the program with every mistake in a component's arguments, before it declares any of its resources. */
export function refuseMistakes(component: string, name: string, mistakes: readonly Mistake[]): void {
  if (mistakes.length === 0) return;
  throw new pulumi.RunError(mistakesText(`${component} ${name}`, mistakes.map(mistakeLine)));
}

/** The mistakes of one group of arguments, with the group's name before their paths. */
export function under(group: string, mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.map((mistake) => ({ ...mistake, path: `${group}.${mistake.path}` }));
}
