/** What stands for what was taken out. It is not taken for a secret when a text is redacted again. */
const standIn = String.raw`\[(?:redacted|input|age identity|key or certificate|k3s token|bootstrap token|password hash|token|base64)\]`;

/** Names whose value is a secret, wherever they stand: `K3S_TOKEN=`, `"passphrase":`, `--password `, `?token=`. */
const names =
  'token|passw(?:or)?d|passphrase|pwd|psk|secret|credentials?|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie';
/** A name with what is around it, and what parts it from its value. */
const named = String.raw`(?:${names})[\w-]{0,32}\\?["']?\s{0,8}(?:=>?|:)\s{0,8}`;

/** A quoted value, as it is and as JSON text in JSON text has it; one that never ends goes to the end of its line. */
const quoted = String.raw`"(?:[^"\\]|\\[^])*"|\\"[^"]*\\"|'[^'\n]*'|\\?["'][^\n]*`;

/**
 * What looks like a secret, and what stands for it. Each takes a time that grows with the length of the text alone:
 * before what makes it a match, no repetition is without a limit.
 */
const marks: readonly [RegExp, string][] = [
  // Identities of age and of its plugins are Bech32 in capitals: https://age-encryption.org/v1
  [/AGE-SECRET-KEY-[A-Z0-9-]+/gi, '[age identity]'],
  [/AGE-PLUGIN-[A-Z0-9-]{1,64}-1[A-Z0-9]{8,}/g, '[age identity]'],
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/gi, '[key or certificate]'],
  // `K10<digest of the CA>::<user>:<password>` of k3s, and the bootstrap tokens of kubeadm.
  [/K10[0-9a-f]{16,}(?:::\S+)?/gi, '[k3s token]'],
  [/(?<![\w.])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.])/g, '[bootstrap token]'],
  // crypt(5)
  [/\$(?:y|gy|7|8|2[abxy]?|[156]|md5|sha1|argon2(?:id?|d)|scrypt|pbkdf2[-a-z0-9]*)\$\S+/g, '[password hash]'],
  // JSON Web Tokens, and the prefixes of well-known services.
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[token]'],
  [/(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA)[\w-]{10,}/g, '[token]'],
  // Name and password of an address, also with an `@` or a `/` in the password.
  [/:\/\/[^\s/"'<>]{1,512}@/g, '://[redacted]@'],
  [/:\/\/[^\s/:@"'<>]{1,128}:(?!\d{1,5}\/)[^\s@"'<>]{1,512}@/g, '://[redacted]@'],
  [new RegExp(`(${named})(?!${standIn})(?:${quoted})`, 'gi'), '$1[redacted]'],
  // A passphrase has spaces, and nothing says where it ends.
  [
    new RegExp(
      String.raw`((?:passw(?:or)?d|passphrase|authorization|cookie)[\w-]{0,32}\s{0,8}[=:][ \t]{0,8})(?!${standIn})[^\s"'\\][^\n]*`,
      'gi',
    ),
    '$1[redacted]',
  ],
  [new RegExp(String.raw`(${named})(?!${standIn}|\\?["'])[^\s"',;&)}]+`, 'gi'), '$1[redacted]'],
  [
    new RegExp(String.raw`((?<![\w-])--(?:\w{1,32}-)?(?:${names})[\w-]{0,32}\s{1,8})(?!${standIn})\S+`, 'gi'),
    '$1[redacted]',
  ],
  [/\b(Bearer|Negotiate)\s{1,8}(?!\[)[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\b(Basic)\s{1,8}(?=[\w+/]{0,64}[A-Z0-9=])[\w+/]{8,}={0,2}/g, '$1 [redacted]'],
  // 32 bytes as base64url: a token of a launch.
  [/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, '[token]'],
  // A digest and a random secret look the same; the beginning tells two digests apart and gives no secret away.
  [/(?<![0-9a-f])([0-9a-f]{8})[0-9a-f]{24,}(?![0-9a-f])/gi, '$1[…]'],
];

/** A text with what looks like a key, token, password or password hash taken out. */
export function withoutSecrets(text: string): string {
  let safe = text;
  for (const [pattern, replacement] of marks) safe = safe.replace(pattern, replacement);
  return safe.replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, (found) => (looksRandom(found) ? '[base64]' : found));
}

/** Base64 of something random mixes all kinds of characters and has few slashes; a path or a name does neither. */
function looksRandom(text: string): boolean {
  const fewSlashes = (text.match(/\//g)?.length ?? 0) <= text.length / 12;
  return (fewSlashes && mixes(text)) || text.split('/').some((part) => part.length >= 24 && mixes(part));
}

function mixes(text: string): boolean {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return count(/[0-9]/g) >= 2 && count(/[A-Z]/g) >= 5 && count(/[a-z]/g) >= 5;
}
