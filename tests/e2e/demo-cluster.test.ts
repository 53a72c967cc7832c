import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { clusterTools } from '../rig/cluster/start-cluster.ts';
import { requireTools, unproven } from '../rig/required-tools.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const desk = join(root, 'scripts', 'demo-cluster-desk.ts');
const demo = join(root, 'out', 'demo-cluster');

it('the demo on booted nodes: served, changed from another terminal, and gone after Ctrl-C', async (context) => {
  if (process.getuid?.() !== 0) unproven(context, 'needs root');
  requireTools(context, 'ssh', ...clusterTools);
  if (!existsSync(join(root, 'out/main/cli.js'))) unproven(context, 'needs `npm run build`');
  // Without a display and without what opens a browser on one.
  const child = spawn(process.execPath, [desk], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DISPLAY: '', BROWSER: 'true' },
  });
  try {
    const lines = createInterface({ input: child.stdout });
    let url = '';
    for await (const line of lines) {
      if (!line.startsWith('http://')) continue;
      url = line;
      break;
    }
    expect((await fetch(url)).status).toBe(200);
    expect(await onNode('tapia', 'hostname')).toBe('tapia\n');
    expect(await onNode('baobab', 'qm list')).toMatch(/ 100 titan-db +running /);
    expect(await onNode('tapia', 'pvesm list nas')).toContain('nas:backup/vzdump-qemu-305-');
    const ports = 'cd /sys/class/net && echo thunderbolt*';
    expect(await onNode('ebony', ports)).toBe('thunderbolt0 thunderbolt1\n');
    expect(await tell('sifaka', 'bridge', 'status')).toMatch(/tapia +none .* mgmt0 192\.0\.2\.3/);
    expect(await tell('cut', 'baobab', 'ebony')).toBe('Done.\n');
    expect(await onNode('ebony', ports)).toBe('thunderbolt1\n');
    expect(await tell('plug', 'ebony', 'baobab')).toBe('Done.\n');
    expect(await onNode('ebony', 'cat /sys/class/net/thunderbolt0/mtu')).toBe('1500\n');
    await expect(tell('cut', 'baobab', '$(reboot)')).rejects.toThrow('no cable between');
  } finally {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
  }
  expect(child.exitCode).toBe(0);
  expect(existsSync(demo)).toBe(false);
  await expect(tell('cut', 'baobab', 'ebony')).rejects.toThrow('The demo is not running.');
});

async function tell(...words: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [desk, ...words]);
  return stdout;
}

async function onNode(node: string, command: string): Promise<string> {
  const { stdout } = await execute('ssh', [
    '-o',
    'BatchMode=yes',
    '-F',
    join(demo, 'ssh-config'),
    node,
    command,
  ]);
  return stdout;
}
