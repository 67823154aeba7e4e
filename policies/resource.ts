import type { Unwrap } from "@pulumi/pulumi";

/** A resource's arguments as a policy sees them: values instead of outputs, and nothing that has to be there. */
export type PropsOf<Args> = Loose<Unwrap<NonNullable<Args>>>;

type Loose<T> = T extends string | number | boolean | undefined | null
  ? T
  : T extends readonly (infer Item)[]
    ? Loose<Item>[]
    : { [Key in keyof T]?: Loose<T[Key]> };

/** One resource that is looked at. */
export interface Seen<Props = Readonly<Record<string, unknown>>> {
  type: string;
  name: string;
  urn: string;
  props: Props;
  /** Whether the engine refuses to delete it. */
  protect: boolean;
}

/** What the SDK throws where a value is asked for that a preview does not know. */
export interface UnknownValue extends Error {
  props: (string | number | symbol)[];
}

export const isUnknown = (error: unknown): error is UnknownValue =>
  error instanceof Error && "unknownTypeSentinel" in error;
