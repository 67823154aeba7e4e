/** Words in a name that promise a secret, and words that take the promise back: `secretName`, `tokenUrl`. */
const secretWord =
  /(password|passwd|passphrase|secret|token|credential|api[-_]?key|private[-_]?key|access[-_]?key|integration[-_]?key|webhook)s?$/i;

/** Whether a variable or field of that name holds a secret. */
export const isSecretName = (name: string): boolean => secretWord.test(name);

/** Tokens that say what they are, by what to call them. */
const shapes: readonly (readonly [kind: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  ["an AWS access key id", /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/],
  ["a Slack token", /\bxox[a-z]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/],
  ["a Slack webhook", /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ["a Sentry token", /\bsntry[su]_[A-Za-z0-9+/=_-]{20,}/],
  ["a Sentry DSN", /https:\/\/[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.-]+\/\d+/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a Stripe key", /\b[rs]k_live_[A-Za-z0-9]{16,}/],
  ["a Google API key", /\bAIza[\w-]{35}\b/],
  ["a signed web token", /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/],
  ["a password in an address", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"]+:[^\s/:@"]{3,}@[\w.-]+/i],
];

/** What kind of secret a text holds, by its shape; undefined for none that is known. */
export function tokenKind(text: string): string | undefined {
  return shapes.find(([, shape]) => shape.test(text))?.[0];
}

/** Bits a character of a text needs, seen by how often each of its characters comes (Shannon). */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}

/** Shortest text that can be told from a word or a number. */
const shortest = 20;

/**
 * Whether a text looks drawn by lot: no words, but letters of both cases and digits in turns. Hexadecimal text does
 * not count, because digests, ids and fingerprints are made of it.
 */
export function looksRandom(text: string): boolean {
  if (text.length < shortest || !/^[A-Za-z0-9+/_=-]+$/.test(text) || /^[0-9a-f-]+$/i.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].map((kind) => (text.match(new RegExp(kind, "g")) ?? []).length);
  if (kinds.some((count) => count < 2)) return false;
  const turns = Array.from(text).filter(
    (char, i) => i > 0 && kindOf(char) !== kindOf(text[i - 1] ?? ""),
  ).length;
  return entropy(text) >= 3.5 && turns / text.length >= 0.35;
}

const kindOf = (char: string): number =>
  /[a-z]/.test(char) ? 0 : /[A-Z]/.test(char) ? 1 : /\d/.test(char) ? 2 : 3;
