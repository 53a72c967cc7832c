import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';

export const chromiumPath = '/usr/bin/chromium';

/** Debian's Chromium with a profile of its own, told to talk to nobody but us. */
export async function launchBrowser(): Promise<Browser | undefined> {
  if (!existsSync(chromiumPath)) return undefined;
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      '--disable-gpu',
    ],
  });
}
