import { createHash, randomBytes } from "node:crypto";

const lowerLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Makes values that look like a vendor's own; the same seed makes the same ones. */
export class Maker {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string = randomBytes(16).toString("hex")) {
    this.#seed = seed;
  }

  #bytes(): Buffer {
    this.#count += 1;
    return createHash("sha256").update(`${this.#seed}\0${this.#count}`).digest();
  }

  hex(length: number): string {
    let text = "";
    while (text.length < length) text += this.#bytes().toString("hex");
    return text.slice(0, length);
  }

  letters(length: number): string {
    const letter = (byte: number): string => lowerLetters.charAt(byte % lowerLetters.length);
    let text = "";
    while (text.length < length) text += [...this.#bytes()].map(letter).join("");
    return text.slice(0, length);
  }

  capitals(length: number): string {
    return this.letters(length).toUpperCase();
  }

  /** Of seven to nine digits, as vendors' numeric ids are. */
  number(): number {
    return 1_000_000 + (this.#bytes().readUInt32BE(0) % 900_000_000);
  }

  uuid(): string {
    const hex = this.hex(32);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `a${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join("-");
  }
}

/** As vendors make one of a name. */
export const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "");
