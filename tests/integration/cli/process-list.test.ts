import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unproven } from '../../rig/required-tools.ts';
import { Desk, type RunningCli } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

it('shows no secret in the command line or environment of any process, while sealing and building', async (context) => {
  if (process.platform !== 'linux') unproven(context, 'the process list is read from /proc');
  const planted = `planted-${randomBytes(12).toString('hex')}`;
  const seen = { samples: 0, own: 0, leaks: [] as string[] };

  const sealing = desk.start(['secrets', 'seal', 'k3s-token', '--replace'], { lab });
  sealing.child.stdin.end(planted);
  expect((await watched(sealing, planted, seen)).code).toBe(0);
  const building = desk.start(['card', 'build', 'titan-13', '--to', desk.path('card.img')], { lab });
  building.child.stdin.end();
  expect((await watched(building, planted, seen)).code).toBe(0);

  expect(seen.leaks).toEqual([]);
  // The looking itself saw our processes: their command line names the command.
  expect(seen.own).toBeGreaterThan(1);
});

/** Looks at every process again and again until this one has ended. */
async function watched(
  running: RunningCli,
  planted: string,
  seen: { samples: number; own: number; leaks: string[] },
) {
  const { child, ended } = running;
  while (child.exitCode === null && child.signalCode === null) {
    look(child.pid, planted, seen);
    await new Promise((next) => setImmediate(next));
  }
  return ended;
}

function look(
  own: number | undefined,
  planted: string,
  seen: { samples: number; own: number; leaks: string[] },
): void {
  seen.samples += 1;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const file of ['cmdline', 'environ']) {
      const text = readOrEmpty(`/proc/${pid}/${file}`);
      if (text.includes(planted)) seen.leaks.push(`/proc/${pid}/${file}`);
      if (pid === String(own) && file === 'cmdline' && text.includes('main.ts')) seen.own += 1;
    }
  }
}

/** A process may end between the list and the look, and others' environments are not ours to read. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
