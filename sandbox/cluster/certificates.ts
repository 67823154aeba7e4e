import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate with its private key, both as PEM text. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** Who a certificate speaks for. */
export interface Subject {
  commonName: string;
  organization?: string;
  /** DNS names and IPv4 addresses it serves; none makes it a client's certificate only. */
  hosts?: readonly string[];
}

/** A certificate authority that lives as long as the sandbox: node:crypto signs, but cannot write certificates. */
export class Authority {
  readonly certificate: string;
  readonly #key: KeyObject;
  readonly #name: Buffer;

  constructor(commonName: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#name = distinguishedName({ commonName });
    this.certificate = this.#sign({ commonName }, publicKey, [
      extension("551d13", sequence(tlv(0x01, Buffer.from([0xff]))), true),
      // keyCertSign and cRLSign
      extension("551d0f", tlv(0x03, Buffer.from([0x01, 0x06])), true),
    ]);
  }

  /** Signs a certificate valid for a year, for servers (its `hosts`) and clients alike. */
  issue(subject: Subject): KeyPair {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const hosts = (subject.hosts ?? []).map((host) =>
      isIPv4(host) ? tlv(0x87, Buffer.from(host.split(".").map(Number))) : tlv(0x82, Buffer.from(host)),
    );
    const certificate = this.#sign(subject, publicKey, [
      // digitalSignature and keyEncipherment
      extension("551d0f", tlv(0x03, Buffer.from([0x05, 0xa0])), true),
      extension("551d25", sequence(oid("2b06010505070301"), oid("2b06010505070302"))),
      ...(hosts.length > 0 ? [extension("551d11", sequence(...hosts))] : []),
    ]);
    return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: Subject, publicKey: KeyObject, extensions: Buffer[]): string {
    const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
    const body = sequence(
      tlv(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ecdsaWithSha256,
      this.#name,
      sequence(time(-1), time(365)),
      distinguishedName(subject),
      publicKey.export({ type: "spki", format: "der" }),
      tlv(0xa3, sequence(...extensions)),
    );
    const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, this.#key)]));
    const der = sequence(body, ecdsaWithSha256, signature).toString("base64");
    return `-----BEGIN CERTIFICATE-----\n${der.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  }
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...items: Buffer[]) => tlv(0x30, Buffer.concat(items));
const integer = (value: Buffer) => tlv(0x02, value);
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, "hex"));

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));
}

function distinguishedName({ commonName, organization }: Subject): Buffer {
  const part = (id: string, value: string) => tlv(0x31, sequence(oid(id), tlv(0x0c, Buffer.from(value))));
  return sequence(
    ...(organization === undefined ? [] : [part("55040a", organization)]),
    part("550403", commonName),
  );
}

/** UTCTime, good until 2049. */
function time(daysFromNow: number): Buffer {
  const digits = new Date(Date.now() + daysFromNow * 86_400_000).toISOString().replace(/\D/g, "");
  return tlv(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}
