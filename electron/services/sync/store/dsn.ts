import { isIP } from 'node:net';
import { Problem } from '../../../../shared/problem.ts';
import { readDsnParameters, type DsnParameters } from './dsn-parameters.ts';

/** Which database, and how it is reached. Has the password in it: never printed, never part of a problem. */
export interface Dsn extends DsnParameters {
  readonly user: string;
  readonly password: string;
  readonly address:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string };
  readonly database: string;
}

const defaultHost = '127.0.0.1';
const defaultPort = 3306;
/** What Go's driver takes where a DSN says `unix` without a path. */
const defaultSocket = '/tmp/mysql.sock';

/**
 * Reads a DSN in the form of Go's driver, `user:password@tcp(host:port)/database?parameters`
 * (github.com/go-sql-driver/mysql, "DSN (Data Source Name)"), or a URI, `mysql://user:password@host:port/database?parameters`
 * (also `mariadb://`), whose parts are percent-encoded. In Go's form a password is written as it is: the last `/` begins the
 * database's name, and the last `@` before it ends the password.
 *
 * SYNC_DSN_INVALID, which never has a part of the text in it: any part may be a piece of the password.
 */
export function parseDsn(text: string): Dsn {
  const dsn = text.trim();
  if (/[\0-\x1f\x7f]/.test(dsn)) throw invalid('It has a control character in it, such as a line break.');
  const parsed = /^[a-z][a-z0-9+.-]*:\/\//i.test(dsn) ? parseUri(dsn) : parseGoForm(dsn);
  // mysql2 compares a certificate with a host's name and with nothing else.
  const { address } = parsed;
  if (parsed.tls === 'verified' && (address.kind === 'unix' || isIP(address.host) !== 0))
    throw invalid('Its certificate can only be verified where the host is given by its name.');
  return parsed;
}

/** Where the database is, without user and password. */
export function describeDsn({ address, database }: Dsn): string {
  const host = address.kind === 'tcp' && address.host.includes(':') ? `[${address.host}]` : undefined;
  const place = address.kind === 'unix' ? address.path : `${host ?? address.host}:${address.port}`;
  return `the database ${database} at ${place}`;
}

function parseGoForm(dsn: string): Dsn {
  const slash = dsn.lastIndexOf('/');
  if (slash < 0) throw invalid('It has no "/" with the name of the database behind it.');
  const [name = '', ...query] = dsn.slice(slash + 1).split('?');
  const login = dsn.slice(0, slash);
  const at = login.lastIndexOf('@');
  const account = at < 0 ? '' : login.slice(0, at);
  const colon = account.indexOf(':');
  return {
    user: named('user', colon < 0 ? account : account.slice(0, colon)),
    password: colon < 0 ? '' : account.slice(colon + 1),
    address: goAddress(login.slice(at + 1)),
    database: named('database', decoded(name)),
    ...readDsnParameters(new URLSearchParams(query.join('?')), invalid),
  };
}

function goAddress(text: string): Dsn['address'] {
  const [, protocol = '', inParentheses] = /^([^()]*)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (text !== '' && protocol === '')
    throw invalid('What stands before the database is not like tcp(host:port).');
  const address = inParentheses ?? '';
  if (protocol === 'unix') return { kind: 'unix', path: address === '' ? defaultSocket : address };
  if (protocol === 'tcp' || protocol === '') return tcpAddress(address);
  throw invalid('It is reached by something else than tcp(host:port) or unix(/path).');
}

function tcpAddress(text: string): Dsn['address'] {
  if (text === '') return { kind: 'tcp', host: defaultHost, port: defaultPort };
  const [, inBrackets, plain, port] = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = inBrackets ?? plain;
  if (host === undefined) throw invalid('Its host and port are not like host:port.');
  return { kind: 'tcp', host: host === '' ? defaultHost : host, port: portOf(port) };
}

function parseUri(dsn: string): Dsn {
  const uri = URL.canParse(dsn) ? new URL(dsn) : undefined;
  if (!uri || uri.hash !== '')
    throw invalid(
      'It is no URI; in one, @ : / ? # and % of a password are written as %40 %3A %2F %3F %23 and %25.',
    );
  if (uri.protocol !== 'mysql:' && uri.protocol !== 'mariadb:')
    throw invalid('Its beginning is neither mysql:// nor mariadb://.');
  const host = decoded(uri.hostname).replace(/^\[(.*)\]$/, '$1');
  return {
    user: named('user', decoded(uri.username)),
    password: decoded(uri.password),
    address: { kind: 'tcp', host: host === '' ? defaultHost : host, port: portOf(uri.port || undefined) },
    database: named('database', decoded(uri.pathname.replace(/^\//, ''))),
    ...readDsnParameters(uri.searchParams, invalid),
  };
}

function portOf(digits: string | undefined): number {
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port < 1 || port > 65_535) throw invalid('Its port is not a number from 1 to 65535.');
  return port;
}

function named(what: 'user' | 'database', name: string): string {
  if (name === '') throw invalid(`It names no ${what}.`);
  return name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw invalid('It has a "%" that does not begin a percent-encoded byte.');
    throw error;
  }
}

function invalid(reason: string): Problem {
  return new Problem('SYNC_DSN_INVALID', {
    what: `The DSN of the audit database cannot be used. ${reason}`,
    state: 'Nothing was synchronized.',
    next: 'Write it as user:password@tcp(host:3306)/database or as mysql://user:password@host:3306/database. It is not shown here, since it may have a password in it.',
  });
}
