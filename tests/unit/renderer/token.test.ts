import { describe, expect, it } from 'vitest';
import { forgetToken, takeToken } from '../../../renderer/connection/token.ts';

const token = 'A'.repeat(43);

function page(hash: string) {
  const kept = new Map<string, string>();
  const shown: string[] = [];
  const window = {
    location: { hash, pathname: '/', search: '' },
    history: {
      replaceState: (_data: unknown, _unused: string, url?: string | URL | null) =>
        void shown.push(String(url)),
    },
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
  };
  return { window, shown };
}

describe('the token of a launch', () => {
  it('is taken from the address once, and the address no longer has it', () => {
    const { window, shown } = page(`#token=${token}`);
    expect(takeToken(window)).toBe(token);
    expect(shown).toEqual(['/']);
    window.location.hash = '';
    expect(takeToken(window)).toBe(token);
  });

  it('is not there on a page that was opened without it, nor after it was refused', () => {
    const { window } = page('#/cards');
    expect(takeToken(window)).toBeUndefined();
    const refused = page(`#token=${token}`).window;
    takeToken(refused);
    forgetToken(refused);
    refused.location.hash = '';
    expect(takeToken(refused)).toBeUndefined();
  });

  it('is not anything that is no token', () => {
    const { window, shown } = page('#token=<script>');
    expect(takeToken(window)).toBeUndefined();
    expect(shown).toEqual([]);
  });
});
