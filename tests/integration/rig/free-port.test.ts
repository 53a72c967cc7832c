import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../rig/free-port.ts', import.meta.url));
/** Asks for many, says which, and lives until it is told to end. */
const script = `
  const { freePort } = await import(${JSON.stringify(source)});
  const ports = [];
  while (ports.length < 300) ports.push(await freePort());
  process.stdout.write(JSON.stringify(ports));
  process.stdout.end();
  process.stdin.resume();`;

test('a free port is nobody else’s while its process runs, and none that the system hands out', async () => {
  const children = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '--eval', script]));
  const said = await Promise.all(children.map(({ stdout }) => text(stdout)));
  for (const child of children) child.stdin.end();
  await Promise.all(children.map((child) => once(child, 'close')));
  const ports = said.flatMap((one) => JSON.parse(one) as number[]);
  expect(ports).toHaveLength(900);
  expect(new Set(ports).size).toBe(900);
  const range = '/proc/sys/net/ipv4/ip_local_port_range';
  if (!existsSync(range)) return;
  const [lowest = 0, highest = 0] = readFileSync(range, 'utf8').trim().split(/\s+/).map(Number);
  expect(ports.filter((port) => port >= lowest && port <= highest)).toEqual([]);
});
