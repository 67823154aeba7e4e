import type { JsonObject } from "../../shared/values.ts";
import type { VendorObjects } from "../cloud.ts";
import type { Maker } from "../maker.ts";

/** What the provider was configured with, as far as objects show it. */
export interface Account {
  /** GitHub owner, Vercel team; a made-up one where the program gives none. */
  owner: string;
  /** Of AWS. */
  region: string;
  /** Of AWS: twelve digits. */
  accountId: string;
  /** The GitHub App that the provider acts as, where that is known. */
  appId?: number;
}

export interface Making {
  make: Maker;
  account: Account;
  cloud: VendorObjects;
}

/** A property that names another object. An unknown id of an object outside this cloud is the vendor's to judge. */
export interface Need {
  property: string;
  kind: string;
  /** Properties of the other object one of which must be equal; "id" is its id. */
  by: readonly string[];
  /** The other object cannot be deleted while this one exists; else this one goes with it. */
  holds?: true;
}

/** What a vendor knows of one kind of object beyond the facts of its schema. Texts are sentences for the user. */
export interface KindRules {
  id?: (object: JsonObject, making: Making) => string;
  /** The id as people write it for an import, where the provider wants more than the object's own. */
  importId?: (object: JsonObject, id: string) => string;
  /** Inputs that the vendor never shows: an import cannot know them. */
  hidden?: (object: JsonObject) => readonly string[];
  /** Properties that no two objects can have equal all together. */
  unique?: readonly string[];
  /** Creating takes over the object that is there already, instead of failing over it. */
  adopts?: (object: JsonObject) => boolean;
  needs?: readonly Need[];
  /** Problems of the inputs alone, found at preview; unknown values may be among them. */
  check?: (inputs: JsonObject) => string[];
  /** Why the vendor refuses this object as it would be. */
  refuse?: (object: JsonObject, making: Making) => string | undefined;
  /** Why the vendor refuses to delete it. */
  refuseDelete?: (object: JsonObject, making: Making) => string | undefined;
  /** What the vendor adds; inputs that were given win. */
  computed?: (object: JsonObject, making: Making) => JsonObject;
  /** What stays when it is deleted (an archive); undefined for nothing. */
  leaves?: (object: JsonObject) => JsonObject | undefined;
  /** Why the vendor's API serves this kind no longer. */
  gone?: string;
}

export type Rules = Record<string, KindRules>;
