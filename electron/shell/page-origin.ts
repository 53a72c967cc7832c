/** Where the page lives inside Electron: a standard, secure scheme of the app's own, never file://. */
export const pageScheme = 'app';
export const pageOrigin = 'app://sifaka';
export const pageUrl = `${pageOrigin}/`;

/** Whether a frame may be given the message port: the page itself, from its own origin. */
export function isOwnPage(url: string): boolean {
  const parsed = parse(url);
  return (
    parsed !== undefined &&
    parsed.protocol === `${pageScheme}:` &&
    parsed.host === 'sifaka' &&
    noCredentials(parsed)
  );
}

/** The page never leaves itself; anything else that asks to be opened is refused, not handed to a browser. */
export function isAllowedNavigation(url: string): boolean {
  const parsed = parse(url);
  return parsed !== undefined && isOwnPage(url) && parsed.pathname === '/' && parsed.search === '';
}

/**
 * The raw path of a request to the page's scheme, for `readStaticFile`; `undefined` for another method or host. Taken
 * from the text, so that what Chromium has not resolved already is refused and not resolved here.
 */
export function pagePath(method: string, url: string): string | undefined {
  if (method !== 'GET') return undefined;
  if (!url.startsWith(pageUrl) || !isOwnPage(url)) return undefined;
  return url.slice(pageOrigin.length);
}

/**
 * The address of a web page, as it was understood, for the operator's own browser; `undefined` for anything else, since
 * another scheme may start a program.
 */
export function externalPage(address: string): string | undefined {
  const url = parse(address);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return url.username === '' && url.password === '' ? url.href : undefined;
}

function noCredentials(url: URL): boolean {
  return url.username === '' && url.password === '' && url.port === '';
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
