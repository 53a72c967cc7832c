import { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';

/*
 * The server's own words are not shown: they are of any length and content, and may quote what was sent. Its codes are: see
 * "Server Error Message Reference" of MySQL, "MariaDB Error Codes", and lib/constants/errors.js of mysql2.
 */

const rights = [
  'it does not let this user do that',
  'Grant the user SELECT, INSERT, UPDATE and DELETE, and once CREATE, ALTER, INDEX and REFERENCES, on that database.',
] as const;
const full = ['its disk is full', 'Make room for the database, then run again.'] as const;
const silent = [
  'it did not answer in time',
  'See how busy it is. `timeout` and `readTimeout` in the DSN give it longer.',
] as const;
const gone = ['the connection broke off', 'See whether it is running, then run again.'] as const;
const crowded = [
  'it has too many connections',
  'Wait until others have ended, or raise max_connections.',
] as const;
const certificate = [
  'its certificate is not to be trusted',
  'Name its certificate authority with NODE_EXTRA_CA_CERTS, or use tls=skip-verify in a network of your own.',
] as const;
const readOnly = [
  'it takes no changes now',
  'See whether it is a replica, or was set to read_only.',
] as const;

const words: Readonly<Record<string, readonly [what: string, next: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'See whether it is running, and whether host and port are right.'],
  ENOTFOUND: ['no such host is known', 'See whether the name of its host is right.'],
  EAI_AGAIN: ['its host name cannot be looked up now', 'See whether the name server answers.'],
  EHOSTUNREACH: ['there is no way to its host', 'See whether its host is on the network.'],
  ENETUNREACH: ['there is no way to its host', 'See whether this machine is on the network.'],
  ENOENT: ['its socket is not there', 'See whether it is running, and whether the path is right.'],
  EACCES: ['its socket may not be used', 'Run as a user who may use it.'],
  ETIMEDOUT: silent,
  PROTOCOL_SEQUENCE_TIMEOUT: silent,
  ECONNRESET: gone,
  EPIPE: gone,
  PROTOCOL_CONNECTION_LOST: gone,
  ER_SERVER_SHUTDOWN: gone,
  ER_CONNECTION_KILLED: gone,
  ER_ACCESS_DENIED_ERROR: [
    'it does not know this user with this password',
    'Correct the user or password in the DSN.',
  ],
  ER_DBACCESS_DENIED_ERROR: rights,
  ER_TABLEACCESS_DENIED_ERROR: rights,
  ER_COLUMNACCESS_DENIED_ERROR: rights,
  ER_BAD_DB_ERROR: [
    'it has no database of that name',
    'Make it (CREATE DATABASE), or correct the name in the DSN.',
  ],
  ER_DISK_FULL: full,
  ER_RECORD_FILE_FULL: full,
  ER_CON_COUNT_ERROR: crowded,
  ER_TOO_MANY_USER_CONNECTIONS: crowded,
  ER_USER_LIMIT_REACHED: crowded,
  ER_OPTION_PREVENTS_STATEMENT: readOnly,
  ER_READ_ONLY_MODE: readOnly,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: readOnly,
  ER_LOCK_WAIT_TIMEOUT: ['somebody else has its tables locked', 'See what uses them, then run again.'],
  ER_LOCK_DEADLOCK: ['others were in the way again and again', 'Run again.'],
  HANDSHAKE_NO_SSL_SUPPORT: [
    'it offers no TLS',
    'Set up TLS there, or use tls=preferred in a network of your own.',
  ],
  HANDSHAKE_SSL_ERROR: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  CERT_HAS_EXPIRED: certificate,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
};

/** `undefined` for what is a bug. No message and no cause of a driver is kept: neither is known to be free of secrets. */
export function mysqlProblem(description: string, error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  const code = systemErrorCode(error) ?? codeOfFatal(error);
  if (code === undefined) return undefined;
  const [what, next] = words[code] ?? ['it reported an error', 'Look at its own log, then run again.'];
  return new Problem('SYNC_STORE_UNAVAILABLE', {
    what: `The records in ${description} cannot be read or written: ${what} (${code}).`,
    state:
      'Files are synchronized all the same. What was not recorded waits in the log folder for the next run.',
    next,
  });
}

/** mysql2's own errors that end a connection have no code where a server's packets make no sense. */
function codeOfFatal(error: unknown): string | undefined {
  return error instanceof Error && 'fatal' in error && error.fatal === true ? 'PROTOCOL_ERROR' : undefined;
}

const connectionErrors = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  // The statement may still be running there: what it answers later must not be taken for the next one's answer.
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_CLIENT_INTERACTION_TIMEOUT',
]);

/** The server did not answer within the time that it was given. */
export class NoAnswer extends Error {
  readonly code = 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Nothing more can be asked over this connection. */
export function isConnectionOver(error: unknown): boolean {
  return connectionErrors.has(systemErrorCode(error) ?? '') || codeOfFatal(error) !== undefined;
}

/** Of two transactions that waited for each other the server ended this one; also how a Galera cluster refuses a commit. */
export function isDeadlock(error: unknown): boolean {
  return systemErrorCode(error) === 'ER_LOCK_DEADLOCK';
}

export function isAlreadyThere(error: unknown): boolean {
  return ['ER_DUP_FIELDNAME', 'ER_DUP_KEYNAME'].includes(systemErrorCode(error) ?? '');
}

export function hasNoTls(error: unknown): boolean {
  return systemErrorCode(error) === 'HANDSHAKE_NO_SSL_SUPPORT';
}
