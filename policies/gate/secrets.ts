import { entropy, isSecretName, looksRandom, tokenKind } from "../../infra/domain/secretValue.ts";
import type { RuleFacts } from "../rule.ts";
import type { Finding } from "./finding.ts";
import { nameIn } from "./finding.ts";

export const secretGate = {
  name: "plain-secret",
  title: "No secret stands in plain text in a preview, or in the stack's state",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-08", "SEC-11"],
  why: "A state and a preview's log are read by more people and programs than may know the secret, and keep it for ever.",
  fix: "Mark it as a secret where it comes from (pulumi config set --secret, pulumi.secret, additionalSecretOutputs), and change it: it counts as known.",
  link: "https://www.pulumi.com/docs/iac/concepts/secrets/",
} as const satisfies RuleFacts;

/** Marks of the engine's own serialization: what is below them is encrypted, or an id of its own. */
const secretMark = "4dabf18193072939515e22adb298388d";
/** Fields that look drawn by lot and are public: ids, checksums, and what the engine notes about itself. */
const publicField =
  /(id|ids|arn|urn|etag|hash|digest|sha\d*|sha|checksum|fingerprint|thumbprint|thumbprintLists?|magic|salt|version|versionId|resourceVersion|time|created|modified|publicKey|encryptedValue|encryptedKey|valueEncrypted|caBundle|certificate|certificateBody|url|image|userData)$/i;
const placeholder =
  /^(\[secret\]|\[unknown\]|\$\{.*\}|\*+|<.*>|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** A secret in plain text: where it is, and what kind; never what it says. */
export interface PlainSecret {
  path: string;
  kind: string;
}

/** Everything in a tree of values that looks like a secret. */
export function plainSecrets(value: unknown, path = ""): PlainSecret[] {
  if (typeof value === "string") {
    const kind = kindOf(value, fieldOf(path));
    return kind === undefined ? [] : [{ path, kind }];
  }
  if (typeof value !== "object" || value === null || secretMark in value) return [];
  // A list's items are named as the list is.
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(tokenKind(key) === undefined ? [] : [{ path: `${path}.<key>`, kind: tokenKind(key) ?? "" }]),
    ...plainSecrets(inner, Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  ]);
}

/** The last name in a path: `outputs.tokens[0]` is about tokens. */
const fieldOf = (path: string): string =>
  path
    .replace(/\[\d+\]/g, "")
    .split(".")
    .at(-1) ?? "";

function kindOf(text: string, field: string): string | undefined {
  if (placeholder.test(text)) return undefined;
  const inJson = insideJson(text);
  if (inJson !== undefined) return inJson;
  const inside = decoded(text);
  const known = tokenKind(text) ?? tokenKind(inside);
  if (known !== undefined) return known;
  if (isSecretName(field) && text.length >= 8 && !/\s/.test(text) && entropy(text) >= 3) {
    // A name or an address of a secret is none.
    return /^(arn:|https?:\/\/[^@]*$|[a-z]+([-._/][a-z]+)*$)/.test(text)
      ? undefined
      : "a value with the name of a secret";
  }
  if (publicField.test(field)) return undefined;
  return words(inside === "" ? text : inside).some(looksRandom)
    ? "a text that looks drawn by lot"
    : undefined;
}

/** Policies, tags of a provider and bodies are JSON inside of a text. */
function insideJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return plainSecrets(JSON.parse(text) as unknown)[0]?.kind;
  } catch {
    return undefined;
  }
}

/** Kubernetes and GitHub keep values in base64. */
function decoded(text: string): string {
  if (text.length < 24 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return "";
  const plain = Buffer.from(text, "base64").toString("latin1");
  return /^[\t\n\r -~]*$/.test(plain) ? plain : "";
}

/** The parts of a text that could be tokens: not those of a certificate, a digest, an ARN or an address. */
function words(text: string): string[] {
  if (/-----BEGIN (CERTIFICATE|PUBLIC KEY)|^LS0tLS1CRUdJTi|^(urn|arn):|^ssh-/.test(text)) return [];
  return text
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, " ")
    .replace(/\bsha(256|384|512)[:-][A-Za-z0-9+/=]+/g, " ")
    .split(/[\s"'`,;:=(){}<>|[\]@]+/)
    .flatMap((part) => (part.includes("/") ? part.split("/") : [part]));
}

interface ExportedResource {
  urn: string;
  [key: string]: unknown;
}

/** Looks at each resource's inputs and outputs, in the state and in what a preview would make of it. */
export function secretFindings(
  states: readonly (ExportedResource | undefined)[],
  config: unknown,
): Finding[] {
  const found = new Map<string, Finding>();
  const note = (urn: string, resource: string, { path, kind }: PlainSecret): void => {
    found.set(`${urn} ${path}`, {
      rule: secretGate.name,
      level: secretGate.level,
      resource,
      urn,
      problem: `${resource} has ${kind} in plain text at ${path}.`,
      why: secretGate.why,
      fix: secretGate.fix,
      link: secretGate.link,
    });
  };
  for (const state of states) {
    if (state === undefined) continue;
    const { inputs, outputs } = state;
    for (const secret of plainSecrets({ inputs, outputs })) note(state.urn, nameIn(state.urn), secret);
  }
  for (const secret of plainSecrets(config)) note("", "the stack's config", secret);
  return [...found.values()];
}
