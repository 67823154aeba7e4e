import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../../errors.ts";
import { withLock } from "../../toolchain/lock.ts";
import type { JsonObject } from "../shared/values.ts";
import type { PackageName } from "./facts.ts";

/** The objects of one vendor: by kind, by id. Their properties are as the vendor would show them, secrets included. */
export type VendorObjects = Record<string, Record<string, JsonObject>>;
export type CloudContent = Partial<Record<PackageName, VendorObjects>>;

/** Members of an object that are the cloud's own and no property: `__protected` holds why a deletion is refused. */
export const protectedKey = "__protected";

/**
 * All vendors' objects in one JSON file, which a person may read and edit: the next refresh finds what was changed.
 * Several provider processes share it.
 */
export class Cloud {
  readonly #path: string;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws UserError where the file is not JSON. */
  read(): CloudContent {
    if (!existsSync(this.#path)) return {};
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as CloudContent;
    } catch (error) {
      const reason = error instanceof SyntaxError ? "it is not JSON" : (error as Error).message;
      throw new UserError(`the sandbox's cloud file ${this.#path} cannot be read: ${reason}`);
    }
  }

  /** Runs `work` on one vendor's objects, alone among all processes, and keeps what it changed unless it throws. */
  change<T>(vendor: PackageName, work: (objects: VendorObjects) => T): Promise<T> {
    const next = this.#queue.then(() =>
      withLock(
        `${this.#path}.lock`,
        "changing the sandbox's cloud",
        () => undefined,
        undefined,
        () => {
          const content = this.read();
          const before = JSON.stringify(content);
          const result = work((content[vendor] ??= {}));
          if (JSON.stringify(content) !== before) this.#write(content);
          return Promise.resolve(result);
        },
        20,
      ),
    );
    this.#queue = next.catch(() => undefined);
    return next;
  }

  #write(content: CloudContent): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    for (const objects of Object.values(content))
      for (const [kind, known] of Object.entries(objects))
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a person reads the file
        if (Object.keys(known).length === 0) delete objects[kind];
    const part = `${this.#path}.${process.pid}`;
    writeFileSync(part, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    chmodSync(part, 0o600);
    renameSync(part, this.#path);
  }
}
