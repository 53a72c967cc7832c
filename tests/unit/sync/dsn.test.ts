import { describe, expect, it } from 'vitest';
import { Problem } from '../../../shared/problem.ts';
import { describeDsn, parseDsn } from '../../../electron/services/sync/store/dsn.ts';

const usual = { tls: 'off', connectTimeoutMs: 10_000, answerTimeoutMs: 30_000, notes: [] };
const tcp = (host: string, port = 3306) => ({ kind: 'tcp', host, port });

describe('a DSN', () => {
  it.each([
    ['u:p@tcp(db.lab:3307)/general_db', 'u', 'p', tcp('db.lab', 3307)],
    ['u:p@ss:w/o(r)d@tcp(db.lab)/general_db', 'u', 'p@ss:w/o(r)d', tcp('db.lab')],
    ['u:%40#?@tcp(10.0.0.1:3306)/general_db', 'u', '%40#?', tcp('10.0.0.1')],
    ['u@tcp(db.lab)/general_db', 'u', '', tcp('db.lab')],
    ['u:@tcp([fd00::1]:3308)/general_db', 'u', '', tcp('fd00::1', 3308)],
    ['u:p@tcp/general_db', 'u', 'p', tcp('127.0.0.1')],
    ['u:p@/general_db', 'u', 'p', tcp('127.0.0.1')],
    [
      'u:p@unix(/run/mysqld/mysqld.sock)/general_db',
      'u',
      'p',
      { kind: 'unix', path: '/run/mysqld/mysqld.sock' },
    ],
    // A secret made with `echo` ends with a newline.
    ['u:p@tcp(db.lab)/general_db\n', 'u', 'p', tcp('db.lab')],
    ['mysql://u:p%40s%2Fs@db.lab/general_db', 'u', 'p@s/s', tcp('db.lab')],
    ['mariadb://u%20x:p@[fd00::1]:3308/general_db', 'u x', 'p', tcp('fd00::1', 3308)],
    ['MYSQL://u@db.lab:3309/general_db', 'u', '', tcp('db.lab', 3309)],
  ])('is read: %s', (text, user, password, address) => {
    expect(parseDsn(text)).toEqual({ user, password, address, database: 'general_db', ...usual });
  });

  it('takes what it says of time and TLS, and names what it does not use', () => {
    const go = 'u:p@tcp(db.lab)/general_db?';
    expect(parseDsn(`${go}timeout=1m30s&readTimeout=1.5s&writeTimeout=500ms`)).toMatchObject({
      connectTimeoutMs: 90_000,
      answerTimeoutMs: 1500,
    });
    expect(parseDsn(`${go}tls=skip-verify`).tls).toBe('unverified');
    expect(parseDsn(`${go}tls=true`).tls).toBe('verified');
    expect(parseDsn(`${go}tls=preferred`).tls).toBe('preferred');
    expect(parseDsn(`${go}tls=false&timeout=0`)).toMatchObject({ tls: 'off', connectTimeoutMs: 10_000 });
    expect(parseDsn('mysql://u:p@db.lab/general_db?ssl-mode=required').tls).toBe('unverified');
    expect(parseDsn(`${go}parseTime=true&charset=utf8mb4&loc=Europe%2FBucharest`).notes).toEqual([
      "The DSN's parameter parseTime is not used: times are always read as such.",
      "The DSN's parameter charset is not used: the connection is always utf8mb4.",
      "The DSN's parameter loc is not used: times are always written in UTC.",
    ]);
    expect(parseDsn(`${go}hunter2=1`).notes.join()).not.toContain('hunter2');
  });

  it.each([
    'hunter2',
    'u:hunter2@tcp(db.lab)',
    'u:hunter2@tcp(db.lab)/',
    ':hunter2@tcp(db.lab)/general_db',
    'u:hunter2@tcp(db.lab:99999)/general_db',
    'u:hunter2@tcp(db.lab:port)/general_db',
    'u:hunter2@tcp(db.lab/general_db',
    'u:hunter2@cloudsql(db)/general_db',
    'u:hunter2@db.lab:3306/general_db',
    'u:hunter2@tcp(db.lab)/general_db?tls=hunter2',
    'u:hunter2@tcp(db.lab)/general_db?timeout=hunter2',
    'u:hunter2@tcp(db.lab)/general_db?timeout=99h',
    'u:hunter2@tcp(10.0.0.1)/general_db?tls=true',
    'u:hunter2@tcp(db.lab)/general_db\nu:hunter2@tcp(db.lab)/x',
    'u:hunter2@tcp(db.lab)/general%zzdb',
    'mysql://u:hunter2/x@db.lab/general_db',
    'mysql://u:hunter2#x@db.lab/general_db',
    'mysql://u:hunter2%zz@db.lab/general_db',
    'mysql://u:hunter2@db.lab',
    'postgres://u:hunter2@db.lab/general_db',
  ])('is refused without a word of it: %s', (text) => {
    let thrown: unknown;
    try {
      parseDsn(text);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof Problem)) throw new Error('nothing was refused');
    expect(thrown.code).toBe('SYNC_DSN_INVALID');
    expect(`${JSON.stringify(thrown.toRecord())}${thrown.stack}${String(thrown.cause)}`).not.toContain(
      'hunter2',
    );
  });

  it('is described without user and password', () => {
    expect(describeDsn(parseDsn('root:hunter2@tcp([fd00::1])/general_db'))).toBe(
      'the database general_db at [fd00::1]:3306',
    );
  });
});
