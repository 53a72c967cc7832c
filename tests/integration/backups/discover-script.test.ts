import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, type NodeAnswer } from '../../../electron/services/backups/discover/answer-parts.ts';
import { discoverScript } from '../../../electron/services/backups/discover/discover-script.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

it('the script passes shellcheck', (context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
    input: discoverScript,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, '']);
});

describe('on a node', () => {
  let nodes: CheapNodes;
  let node: CheapNode;
  beforeAll(async () => {
    if (process.getuid?.() !== 0 || !cheapNodeTools.every(isOnPath)) return;
    nodes = await cheapNodes({ nodes: ['baobab'] });
    node = nodes.node('baobab');
  }, 120_000);
  beforeEach((context) => {
    requireTools(context, ...cheapNodeTools);
    if (process.getuid?.() !== 0) unproven(context, 'makes namespaces, so needs root');
  });
  afterAll(() => nodes?.stop());

  /** Its answer, and that nothing of the question is left there. */
  async function answer(
    script = discoverScript,
    shell: readonly string[] = ['/bin/sh'],
  ): Promise<NodeAnswer> {
    const { code, stdout } = await node.exec([...shell, '-s', '--', '192.0.2.50'], { input: script });
    expect(code).toBe(0);
    expect(await node.ok('sh', '-c', 'ls -d /run/tmp.* /tmp/tmp.* 2>/dev/null; true')).toBe('');
    const found = answerOf(Buffer.from(stdout));
    if (found === undefined) throw new Error(`no answer: ${stdout}`);
    return found;
  }

  /** While pvesh is this script for the paths that hold `path`. */
  async function withPvesh(path: string, script: string, run: () => Promise<void>): Promise<void> {
    const file = (await node.ok('sh', '-c', 'command -v pvesh')).trim();
    await node.ok('mv', file, `${file}.real`);
    node.writeFile(file, `#!/bin/sh\ncase $2 in\n*${path}*) ${script} ;;\nesac\n`, 0o755);
    try {
      await run();
    } finally {
      await node.ok('mv', `${file}.real`, file);
    }
  }

  it.for([[['dash']], [['bash']]])('%s says all that it is asked for', async ([shell = []], context) => {
    requireTools(context, ...shell);
    node.addGuest(100, { bytes: 0 });
    await node.ok('mkdir', '-p', '/var/lib/vz/dump', '/mnt/pve/nas/dump');
    const { parts } = await answer(discoverScript, shell);
    const said = [...parts].filter(([, part]) => part.kind === 'said').map(([name]) => name);
    expect(said.toSorted()).toEqual([
      'content-local',
      'content-nas',
      'corosync',
      'folder-local',
      'folder-nas',
      'guests',
      'lxc-configurations',
      'qemu-configurations',
      'route-0',
      'storages',
      'version',
      'with-backups',
    ]);
  });

  it('ends a command that hangs, and tells the rest', async () => {
    // Only of the lists of archives, one of which hangs: on a busy machine the others take longer than that.
    const script = discoverScript.replace('content() {', 'content() {\n  patience=1');
    expect(script).not.toBe(discoverScript);
    await withPvesh('nas/content', 'exec sleep 60', async () => {
      const { parts } = await answer(script);
      expect(parts.get('content-nas')).toMatchObject({ kind: 'failed', code: 124 });
      expect(parts.get('version')?.kind).toBe('said');
    });
  });

  it('does not wait for what cannot be ended', async () => {
    // It has ended, and what it left behind keeps its output open: as a read that no signal ends.
    // Its patience ends when all that the test looks at has come, however long that takes.
    const isLate = '[ -f "$folder/version.code" ] && [ -f "$folder/content-nas.ended" ]';
    const script = discoverScript.replace(
      'sleep $((patience + 10)) &',
      `until ${isLate}; do sleep 0.1; done &`,
    );
    expect(script).not.toBe(discoverScript);
    await withPvesh('nas/content', '(sleep 600) & exit 0', async () => {
      const { parts } = await answer(script);
      expect(parts.get('content-nas')).toEqual({ kind: 'late' });
      // Whoever asked had its answer while that was still there.
      expect((await node.exec(['pkill', '-x', 'sleep'])).code).toBe(0);
      expect(parts.get('version')?.kind).toBe('said');
    });
  });

  it('cuts what does not end', async () => {
    await withPvesh('cluster/resources', 'exec yes "[]"', async () => {
      const { parts } = await answer();
      const guests = parts.get('guests');
      expect(guests?.kind === 'said' && guests.bytes > 16 * 1024 * 1024).toBe(true);
    });
  });

  it('gives nothing of what a configuration holds to a shell', async () => {
    node.addGuest(101, {
      bytes: 0,
      name: null,
      lines: ['description: $(touch /root/owned) `touch /root/owned`', 'name: x'],
    });
    node.writeFile('/etc/pve/qemu-server/9$(touch owned).conf', 'name: y\n');
    node.writeFile(
      '/etc/pve/storage.cfg',
      `${node.readFile('/etc/pve/storage.cfg')}\ndir: evil\n\tpath /srv/$(touch /root/owned) x\n\tcontent backup\n\ndir: -rf\n\tpath /srv\n\tcontent backup\n`,
    );
    const { parts } = await answer();
    expect(node.exists('/root/owned')).toBe(false);
    expect(node.list('/etc/pve/qemu-server').some((name) => name === 'owned')).toBe(false);
    const named = parts.get('with-backups');
    expect(named?.kind === 'said' && named.text).toContain('evil\t-\t/srv/$(touch /root/owned) x/dump\n');
    expect(named?.kind === 'said' && named.text).not.toContain('-rf');
  });
});
