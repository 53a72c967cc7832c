import type { Problem } from '../../../../shared/problem.ts';

/** Of a DSN, what stands behind the `?`. */
export interface DsnParameters {
  /**
   * `off` is plain text. `verified` asks for a certificate that the system trusts and that is of this host;
   * `unverified` for any; `preferred` takes any that is offered, and plain text where none is.
   */
  readonly tls: 'off' | 'verified' | 'unverified' | 'preferred';
  readonly connectTimeoutMs: number;
  /** For each answer of the server. */
  readonly answerTimeoutMs: number;
  /** What was not used, a sentence each. */
  readonly notes: readonly string[];
}

const defaultConnectTimeoutMs = 10_000;
const defaultAnswerTimeoutMs = 30_000;

const tlsOf: Readonly<Record<string, DsnParameters['tls']>> = {
  // go-sql-driver/mysql, "tls"
  true: 'verified',
  false: 'off',
  'skip-verify': 'unverified',
  preferred: 'preferred',
};

const sslModes: Readonly<Record<string, DsnParameters['tls']>> = {
  // MySQL's `--ssl-mode`, as URIs have it. There is no verification of the certificate alone: the host's name is verified too.
  DISABLED: 'off',
  PREFERRED: 'preferred',
  REQUIRED: 'unverified',
  VERIFY_CA: 'verified',
  VERIFY_IDENTITY: 'verified',
};

const always = {
  charset: 'the connection is always utf8mb4',
  collation: 'the connection is always utf8mb4',
  loc: 'times are always written in UTC',
  parseTime: 'times are always read as such',
  timeTruncate: 'times are always kept to the millisecond',
  allowNativePasswords: 'the server chooses how to log in',
  allowOldPasswords: 'passwords of before MySQL 4.1 are refused',
  allowCleartextPasswords: 'a password is never sent in clear text',
  allowAllFiles: 'the server is never given a file',
  allowFallbackToPlaintext: 'tls=preferred says so',
  multiStatements: 'statements are always sent one by one',
  interpolateParams: 'values are always sent apart from the statement',
} satisfies Record<string, string>;

/** `invalid` makes the problem of a parameter whose value means nothing; no value is ever part of it. */
export function readDsnParameters(
  parameters: URLSearchParams,
  invalid: (reason: string) => Problem,
): DsnParameters {
  let tls: DsnParameters['tls'] = 'off';
  let connectTimeoutMs = defaultConnectTimeoutMs;
  const answerTimeouts: number[] = [];
  const notes: string[] = [];
  for (const [name, value] of parameters) {
    if (name === 'tls' || name === 'ssl-mode') tls = tlsMode(name, value, invalid);
    else if (name === 'timeout') connectTimeoutMs = duration(name, value, invalid);
    else if (name === 'readTimeout' || name === 'writeTimeout')
      answerTimeouts.push(duration(name, value, invalid));
    else notes.push(ignored(name));
  }
  return {
    tls,
    connectTimeoutMs: connectTimeoutMs || defaultConnectTimeoutMs,
    answerTimeoutMs: Math.max(0, ...answerTimeouts) || defaultAnswerTimeoutMs,
    notes,
  };
}

function tlsMode(name: string, value: string, invalid: (reason: string) => Problem): DsnParameters['tls'] {
  const mode = name === 'tls' ? tlsOf[value.toLowerCase()] : sslModes[value.toUpperCase()];
  if (mode) return mode;
  const known = Object.keys(name === 'tls' ? tlsOf : sslModes).join(', ');
  throw invalid(`Its parameter ${name} is none of ${known}.`);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const longestMs = 3_600_000;

/** As Go writes one: `500ms`, `1.5s`, `1m30s`. Answers milliseconds. */
function duration(name: string, value: string, invalid: (reason: string) => Problem): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const isWhole = value === '0' || (parts.length > 0 && parts.map(([part]) => part).join('') === value);
  const sum = parts.reduce((total, [, number, unit]) => total + Number(number) * (units[unit ?? ''] ?? 0), 0);
  if (!isWhole || sum > longestMs)
    throw invalid(`Its parameter ${name} is not a duration of an hour at most, such as 500ms, 10s or 1m30s.`);
  return Math.ceil(sum);
}

function ignored(name: string): string {
  // The name of a parameter may be a piece of a password that has a `?` in it.
  const reason = Object.entries(always).find(([known]) => known === name)?.[1];
  return reason === undefined
    ? 'A parameter of the DSN is not used: the session is set up the same way everywhere.'
    : `The DSN's parameter ${name} is not used: ${reason}.`;
}
