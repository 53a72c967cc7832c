const key = 'sifaka.token';

/** What of a browser's window is used here. */
interface PageWindow {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/**
 * The token of this launch, from the address (`#token=…`) or, after a reload, from this tab's session. Taking it from
 * the address removes it there, so that it is in no history, bookmark or screenshot.
 */
export function takeToken(window: PageWindow): string | undefined {
  const { hash, pathname, search } = window.location;
  const match = /^#token=([A-Za-z0-9_-]{16,256})(?:&.*)?$/.exec(hash);
  if (match?.[1]) {
    window.sessionStorage.setItem(key, match[1]);
    window.history.replaceState(null, '', pathname + search);
    return match[1];
  }
  return window.sessionStorage.getItem(key) ?? undefined;
}

export function forgetToken(window: Pick<PageWindow, 'sessionStorage'>): void {
  window.sessionStorage.removeItem(key);
}
