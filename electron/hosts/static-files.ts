import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** The only kinds of file a page is made of. Source maps and anything unknown are not served. */
const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
]);

export interface StaticFile {
  readonly body: Buffer<ArrayBuffer>;
  readonly contentType: string;
  /** Files below /assets/ carry a hash of their content in their name. */
  readonly cacheControl: string;
}

/**
 * The parts of a URL's path as file names, from the raw path before anything normalised it; `undefined` for whatever
 * could mean another place on some platform: dot segments, encoded separators, drive letters, control characters.
 */
export function pathSegments(rawPath: string): string[] | undefined {
  const [path = ''] = rawPath.split(/[?#]/, 1);
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return ['index.html'];
  const segments: string[] = [];
  for (const part of path.slice(1).split('/')) {
    let segment: string;
    try {
      segment = decodeURIComponent(part);
    } catch (error) {
      if (error instanceof URIError) return undefined;
      throw error;
    }
    if (!/^[A-Za-z0-9_-][A-Za-z0-9_.@+-]*$/.test(segment)) return undefined;
    segments.push(segment);
  }
  return segments;
}

/** A file of the built page by the raw path of its URL; `undefined` when there is none or it lies elsewhere. */
export async function readStaticFile(folder: string, rawPath: string): Promise<StaticFile | undefined> {
  const segments = pathSegments(rawPath);
  if (!segments) return undefined;
  const name = segments.at(-1) ?? '';
  const contentType = contentTypes.get(extname(name));
  if (contentType === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, ...segments));
    if (!file.startsWith(root + sep)) return undefined;
    const cacheControl = segments[0] === 'assets' ? 'private, max-age=31536000, immutable' : 'no-store';
    return { body: await readFile(file), contentType, cacheControl };
  } catch (error) {
    if (isNoSuchFile(error)) return undefined;
    throw error;
  }
}

/**
 * Headers of every answer that carries a part of the page. `connect` are the sources it may open connections to.
 * Styles are allowed inline because Mantine sets its variables in a style element; scripts never are.
 */
export function pageHeaders(connect: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
    'x-frame-options': 'DENY',
  };
}

/** What the name of a file alone can cause, whoever asks for it; EINVAL is Windows' word for several of them. */
const noSuchFile: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
  'EPERM',
  'EINVAL',
]);

function isNoSuchFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && noSuchFile.has(error.code);
}
