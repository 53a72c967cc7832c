import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../electron/services/redact.ts';

const launchToken = Buffer.alloc(32, 'PLANTED').toString('base64url');
/** 32 bytes that are random for good. */
const randomKey = 'mHk3x9Zq0vT7c2Wb5nRj8sLp4yFd6gAe1uXoQiVtBzM=';

describe('redact', () => {
  it.each([
    ['an age identity', 'AGE-SECRET-KEY-1QQPZRYPLANTED9X8GF2TVDW0S3JN54KHCE6MUA7L'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nPLANTED\n-----END OPENSSH PRIVATE KEY-----'],
    ['a private key that is cut off', '-----BEGIN PRIVATE KEY-----\nPLANTED'],
    ['a k3s token', 'K10aaaabbbbccccddddeeee00001111::server:PLANTED'],
    ['a password hash', '$6$salt$PLANTEDPLANTED'],
    ['a yescrypt hash', '$y$j9T$PLANTED$PLANTED'],
    ['a named token', 'token=PLANTED'],
    ['a named passphrase', '{"passphrase":"PLANTED"}'],
    ['a launch token', launchToken],
    ['a launch token in an address', `http://127.0.0.1:4711/#token=${launchToken}`],
    ['an identity of a plugin', 'AGE-PLUGIN-YUBIKEY-1PLANTEDQQPZRY9X8GF'],
    [
      'a private key in JSON',
      String.raw`{"key":"-----BEGIN PRIVATE KEY-----\nPLANTED\n-----END PRIVATE KEY-----\n"}`,
    ],
    ['a private key in small letters', '-----begin private key-----\nPLANTED'],
    ['a bootstrap token', 'abcdef.planted890123456'],
    ['a hash of bcrypt', '$2b$12$PLANTEDPLANTED'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.PLANTED.PLANTED'],
    ['a token of a code host', 'ghp_PLANTEDPLANTEDPLANTED12'],
    ['the password of an address', 'https://ana:PLANTED@registry.lab/v2/'],
    ['a user name that is a token', 'https://PLANTED@registry.lab/v2/'],
    ['a password with an @ in an address', 'mysql://ana:PLAN@PLANTED@db.lab/sync'],
    ['a password with a / in an address', 's3://ana:PLAN/PLANTED@store.lab/'],
    ['a token in a query', 'GET /v2/?service=x&access_token=PLANTED&scope=y'],
    ['an environment variable', 'K3S_TOKEN=PLANTED'],
    ['a name with more behind it', 'secretAccessKey: PLANTED'],
    ['an option', '--registry-password PLANTED'],
    ['a header', 'Authorization: Bearer PLANTEDPLANTED'],
    ['a bearer anywhere', 'sent Bearer PLANTEDPLANTED to it'],
    ['basic access', 'sent Basic UExBTlRFRA= PLANTED'.replace(' PLANTED', '')],
    ['a cookie', 'set-cookie: a=b; session=PLANTED'],
    ['a passphrase of words', 'passphrase: four ringed PLANTED tails\n'],
    ['a passphrase of words in quotes', "{ passphrase: 'four ringed PLANTED tails' }"],
    ['a password with quotes in it', JSON.stringify({ password: 'a"b PLANTED' })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ password: 'a PLANTED b' }))],
    ['a quotation that is cut off', 'password="four ringed PLANTED tai'],
    ['a WireGuard key', randomKey],
    ['a line of a key without its beginning', `${randomKey.slice(0, -1)}${randomKey.slice(0, 20)}`],
    ['a key after a path', `/etc/wireguard/${randomKey}`],
    ['a random secret in hex', Buffer.from(randomKey).toString('hex')],
  ])('takes out %s', (_what, text) => {
    const safe = redact(`before ${text} after`, undefined);
    expect(safe).toContain('before');
    for (const planted of ['PLANTED', 'planted890', 'UExBTlRFRA', launchToken, randomKey.slice(10, 30)]) {
      expect(safe).not.toContain(planted);
    }
    expect(safe).not.toContain(Buffer.from(randomKey).toString('hex').slice(0, 24));
    expect(redact(safe, undefined)).toBe(safe);
  });

  it.each([
    'The secret k3s-token is not sealed in this lab; titan-13 needs it.',
    '    at seal (file:///opt/Sifaka/resources/app.asar/out/main/create-secret-store-Dk29XbQz.js:10:3)',
    '    at file:///opt/node_modules/@orpc/server/dist/shared/server.C8_sRzQB.mjs:219:35',
    'GET http://127.0.0.1:5173/node_modules/@orpc/client/index.js',
    'ENOENT: no such file or directory, open /srv/a-long/path/with/many/parts/and/no/secret/at/all/inventory.yaml',
    '[0190a6d2] secrets.seal: TypeError: undefined is not a function',
    'the journal 0190a6d2-7b7c-4c70-9c3f-2f1a35f0a001.jsonl cannot be read',
    'age-plugin-yubikey is not installed',
    'Basic authentication is what it wants',
    '/dev/disk/by-id/usb-Generic_STORAGE_DEVICE-0:0 is not offered',
  ])('leaves %j as it is', (line) => {
    expect(redact(line, undefined)).toBe(line);
  });

  // Any pattern that looks at a text again from each of its characters would need hours.
  it.each([
    'a.',
    'a.b1',
    '://a:',
    'token',
    'token = ',
    'token="',
    'token="\\',
    "password: '",
    '-----BEGIN A-----',
    'eyJ',
    ' eyJaaaaaaaaa',
    'K10',
    '--a-',
    'AGE-PLUGIN-A',
    'Basic a',
    'A',
    '/',
  ])('comes to an end for a text of %j over and over', (part) => {
    redact(part.repeat(2_000_000 / part.length), undefined);
  });

  it('takes out what the caller sent, as it is, nested and as JSON writes it', () => {
    const sent = { a: [{ b: 'line one\nline "two"' }], 'planted-key': 1 };
    const safe = redact(`x ${JSON.stringify(sent)} y line one\nline "two" planted-key`, sent);
    expect(safe).not.toContain('line one');
    expect(safe).not.toContain('planted-key');
  });

  it('leaves an ordinary line readable and hides the home folder', () => {
    const line = 'TypeError: x is not a function\n    at burn (file:///app/out/main/cli.js:10:3)';
    expect(redact(line, { node: 'titan-13' })).toBe(line);
    expect(redact(`at ${homedir()}/lab`, undefined)).toBe('at ~/lab');
    expect(redact(`at file://${homedir()}/lab, ${homedir()}: no`, undefined)).toBe('at file://~/lab, ~: no');
    for (const other of [`${homedir()}2/lab`, `${homedir()}-old`, `/srv${homedir()}`]) {
      expect(redact(other, undefined)).toBe(other);
    }
  });

  it('shows control characters instead of sending them', () => {
    expect(redact('a\u001b[2Jb\u009bc\u202ed\re', undefined)).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\u000de');
  });
});
