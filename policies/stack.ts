import { isUnknown, type PropsOf, type Seen } from "./resource.ts";

/** A resource with what its properties were made from. */
export interface StackResource extends Seen {
  /** By property: the resources whose outputs it was made from. */
  madeFrom: Readonly<Record<string, readonly { urn: string }[]>>;
}

/** All resources of a stack, and how they go together. */
export class Stack {
  readonly #byType: Map<string, StackResource[]>;

  constructor(resources: readonly StackResource[]) {
    this.#byType = Map.groupBy(resources, ({ type }) => type);
  }

  /** Those of one type; `Args` are the arguments of its class. */
  all<Args>(type: string): (StackResource & { props: PropsOf<Args> })[] {
    return (this.#byType.get(type) ?? []) as (StackResource & { props: PropsOf<Args> })[];
  }

  /** Those whose type fits. */
  like(fits: (type: string) => boolean): StackResource[] {
    return [...this.#byType].flatMap(([type, resources]) => (fits(type) ? resources : []));
  }

  /**
   * Those of one type that belong to `owner`: their property was made from an output of it, or has the value that
   * `literal` gives. The first holds even where a preview does not know the value yet.
   */
  of<Args>(
    type: string,
    property: string,
    owner: Seen,
    literal: () => unknown = () => undefined,
  ): (StackResource & { props: PropsOf<Args> })[] {
    return this.all<Args>(type).filter(({ madeFrom, props }) => {
      const sources = madeFrom[property] ?? [];
      if (sources.length > 0) return sources.some(({ urn }) => urn === owner.urn);
      const value = ifKnown(literal);
      return value !== undefined && ifKnown(() => (props as Record<string, unknown>)[property]) === value;
    });
  }
}

/** A value that is not known yet is no other resource's: that one would have been made from it. */
function ifKnown(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}
