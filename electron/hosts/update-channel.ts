import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where newer packages are served from, if who made this package said so. */
export interface UpdateChannel {
  /** https, with a slash at its end. */
  readonly folder: string;
}

/** electron-builder writes more into it, which is for electron-updater. */
const packedSchema = z.object({ provider: z.literal('generic'), url: z.url({ protocol: /^https$/ }) });

/**
 * The channel of a package that was made with SIFAKA_UPDATE_URL: electron-builder's `app-update.yml` in the folder that
 * Electron calls `process.resourcesPath`. `undefined` for every other package, for a checkout, and for an address that is not
 * one of https without a password.
 */
export async function findUpdateChannel(
  resourcesFolder: string | undefined,
): Promise<UpdateChannel | undefined> {
  if (resourcesFolder === undefined) return undefined;
  const text = await readFile(join(resourcesFolder, 'app-update.yml'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const packed = packedSchema.safeParse(parsed(text));
  if (!packed.success) return undefined;
  const { url } = packed.data;
  const folder = new URL(url.endsWith('/') ? url : `${url}/`);
  return folder.username === '' && folder.password === '' ? { folder: folder.href } : undefined;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Three numbers: versions before a release are for nobody but who looks for them. */
const versionPattern = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/;
const latestSchema = z.object({ version: z.string().regex(versionPattern) });

/** Bytes of a `latest.yml`, which has a few hundred. */
const largestAnswer = 4 * 1024;
const patienceMilliseconds = 20_000;

/**
 * Asks the channel once, and answers its version if that is newer than `current`. What is asked for is electron-builder's
 * `latest.yml`, `latest-linux.yml` or `latest-linux-arm64.yml`; nothing is sent but the request for it. Throws what the
 * network or the file is like if it is not what it should be.
 */
export async function newerVersion(
  { folder }: UpdateChannel,
  { current, platform, arch }: { current: string; platform: NodeJS.Platform; arch: string },
): Promise<string | undefined> {
  const answer = await fetch(new URL(latestFile(platform, arch), folder), {
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(patienceMilliseconds),
  });
  if (!answer.ok || answer.body === null) throw new Error(`${folder} answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body) {
    size += part.length;
    if (size > largestAnswer) throw new Error(`${folder} answered more than a version`);
    parts.push(part);
  }
  const { version } = latestSchema.parse(
    // To look for two keys of one name takes the square of their number.
    parse(Buffer.concat(parts).toString('utf8'), { uniqueKeys: false }),
  );
  return isNewer(version, current) ? version : undefined;
}

/** As electron-builder names them: one for both architectures of Windows. */
function latestFile(platform: NodeJS.Platform, arch: string): string {
  if (platform === 'win32') return 'latest.yml';
  return arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`;
}

function isNewer(version: string, current: string): boolean {
  const [ours, theirs] = [numbersOf(current), numbersOf(version)];
  const index = theirs.findIndex((number, at) => number !== ours[at]);
  return index !== -1 && (theirs[index] ?? 0) > (ours[index] ?? 0);
}

function numbersOf(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
