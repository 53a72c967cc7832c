import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What opens a page on each system, as an argument vector; the page's address comes last. */
const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/**
 * Opens the browser on an address that holds a token. Every user of a machine can read every command line, so the browser
 * is given a page of ours in a folder only this user can read, and that page goes on to the address.
 *
 * @returns removes that page again; call it when the address is of no use any more.
 */
export async function openBrowser(
  url: string,
  options: { onFailure: () => void },
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-open-'));
  const page = join(folder, 'open.html');
  await writeFile(page, redirectTo(url), { mode: 0o600, flag: 'wx' });
  const [program, ...before] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...before, pathToFileURL(page).href], { detached: true, stdio: 'ignore' });
  child.on('error', options.onFailure);
  child.on('exit', (code) => {
    if (code !== 0) options.onFailure();
  });
  child.unref();
  return () => rm(folder, { recursive: true, force: true });
}

/** The address is ours (host, port and a base64url token), so it holds nothing that HTML would read as markup. */
function redirectTo(url: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><title>Sifaka</title>\n`;
}
