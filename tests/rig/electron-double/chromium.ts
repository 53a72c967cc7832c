import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium } from 'playwright';

const program = '/usr/bin/chromium';
const options = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
  // What is tested is the app; a container gives nobody the namespaces that Chromium's own sandbox needs.
  '--no-sandbox',
];

export interface SharedChromium {
  readonly browser: Browser;
  /** Where the test connects to the same browser. */
  readonly endpoint: string;
}

/** Kills a browser with all its processes; answers whether there was anything left to kill. */
export function endGroup(browser: number): boolean {
  try {
    return process.kill(-browser, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Starts a browser with a profile of its own, that this process and the test both talk to. */
export async function startChromium(): Promise<SharedChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'sifaka-chromium-'));
  const child = spawn(program, [...options, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: its other processes live on for a moment after it, and write into the profile.
    detached: true,
  });
  // A double that ends leaves no browser behind; one that is killed cannot see to it, and its test does.
  process.send?.({ browser: child.pid, profile });
  process.once('exit', () => {
    if (child.pid !== undefined) endGroup(child.pid);
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('Chromium ended')));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  const browser = await chromium.connectOverCDP(endpoint);
  return {
    browser,
    endpoint,
  };
}
