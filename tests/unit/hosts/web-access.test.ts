import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFrame } from '../../../electron/hosts/frame.ts';
import { createLaunchTokens } from '../../../electron/hosts/launch-tokens.ts';
import { isOwnHost, isOwnOrigin } from '../../../electron/hosts/web-access.ts';

describe('launch tokens', () => {
  it('are 32 bytes, other ones at every launch and for every role', () => {
    const first = createLaunchTokens();
    const second = createLaunchTokens();
    const all = [first.operator, first.viewer, second.operator, second.viewer];
    for (const token of all) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(new Set(all).size).toBe(4);
    expect(first.roleOf(first.operator)).toBe('operator');
    expect(first.roleOf(first.viewer)).toBe('viewer');
    expect(first.roleOf(second.operator)).toBeUndefined();
  });

  it('are not matched by anything else', () => {
    const tokens = createLaunchTokens();
    const other = fc.oneof(fc.string(), fc.constantFrom(tokens.operator.slice(1), `${tokens.operator}x`, ''));
    fc.assert(
      fc.property(other, (text) => {
        expect(tokens.roleOf(text)).toBeUndefined();
      }),
    );
  });
});

describe('Host and Origin', () => {
  it('are this machine, by two names, on this port', () => {
    expect(isOwnHost('127.0.0.1:4000', 4000)).toBe(true);
    expect(isOwnHost('localhost:4000', 4000)).toBe(true);
    expect(isOwnOrigin('http://127.0.0.1:4000', 4000)).toBe(true);
    expect(isOwnOrigin('http://localhost:4000', 4000)).toBe(true);
  });

  it.each([
    'evil.example:4000',
    '127.0.0.1',
    '127.0.0.1:4001',
    'localhost.evil:4000',
    '0.0.0.0:4000',
    '[::1]:4000',
    '',
  ])('are not %j', (host) => {
    expect(isOwnHost(host, 4000)).toBe(false);
    expect(isOwnOrigin(`http://${host}`, 4000)).toBe(false);
  });

  it.each([
    'https://127.0.0.1:4000',
    'null',
    'file://',
    'http://127.0.0.1:4000/',
    'http://127.0.0.1:4000.evil',
  ])('are not the origin %j', (origin) => expect(isOwnOrigin(origin, 4000)).toBe(false));
});

describe('frames', () => {
  it('are requests, stream parts and aborts', () => {
    expect(isFrame('{"i":"0","p":{"u":"/lab/state"}}')).toBe(true);
    expect(isFrame('{"i":"0","p":{"u":"/lab/get","b":{"json":{"file":"a"}}}}')).toBe(true);
    expect(isFrame('{"i":"0","t":4}')).toBe(true);
    expect(isFrame(new TextEncoder().encode('{"i":"0","t":4}'))).toBe(true);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"i":0,"p":{"u":"/x"}}',
    '{"i":"0"}',
    '{"i":"0","p":null}',
    '{"i":"0","p":{"u":"http://evil/x"}}',
    '{"i":"0","t":2,"p":{"u":"/x"}}',
    '{"i":"0","t":3}',
    '{"i":"0","p":{"u":"/x","h":"text"}}',
  ])('are not %j', (text) => expect(isFrame(text)).toBe(false));

  it('are never anything but text or bytes, and looking never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.uint8Array(), fc.json()), (data) => void isFrame(data)));
    expect(isFrame({ i: '0', p: { u: '/x' } })).toBe(false);
  });
});
