import { describe, expect, it } from 'vitest';
import { HostLink, HostUnreachable } from '../../../renderer/connection/host-link.ts';

const answer = (word: string) => ({ call: () => Promise.resolve(word) });
const call = (link: HostLink) => link.call(['session', 'info'], undefined, { context: {} });

describe('one link over connections that come and go', () => {
  it('lets the first calls wait for the first connection', async () => {
    const link = new HostLink();
    const early = call(link);
    link.opened(answer('first'));
    expect(await early).toBe('first');
  });

  it('refuses at once while the host is away, and uses the next connection', async () => {
    const link = new HostLink();
    link.opened(answer('first'));
    link.lost();
    await expect(call(link)).rejects.toBeInstanceOf(HostUnreachable);
    link.opened(answer('second'));
    expect(await call(link)).toBe('second');
  });
});
