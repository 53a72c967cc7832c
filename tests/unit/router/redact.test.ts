import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../electron/services/redact.ts';

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
    ['a launch token', Buffer.alloc(32, 'PLANTED').toString('base64url')],
  ])('takes out %s', (_what, text) => {
    const safe = redact(`before ${text} after`, undefined);
    expect(safe).toContain('before');
    expect(safe).not.toContain('PLANTED');
    expect(safe).not.toContain(Buffer.alloc(32, 'PLANTED').toString('base64url'));
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
  });

  it('shows control characters instead of sending them', () => {
    expect(redact('a\u001b[2Jb\u009bc\u202ed\re', undefined)).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\u000de');
  });
});
