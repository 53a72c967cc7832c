import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkBridge } from '../../../electron/services/bridge/check/check-bridge.ts';
import { clusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import type { BridgeCheck } from '../../../shared/schemas/bridge.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { type CliResult, Desk } from '../cli/run-cli.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { type OpenWorld, still } from '../ssh/ssh-world.ts';
import { RingWorld, ringNodes } from './ring-world.ts';

/** One ring for all: STP takes its seconds to settle. The tests stand in the order in which they change it. */
let world: RingWorld | undefined;
let open: OpenWorld;
let desk: Desk | undefined;

beforeEach(async (context) => {
  requireTools(context, 'sshd', 'ssh-keygen', 'ip', 'bridge', 'ping', 'ss', 'iperf3');
  if (process.getuid?.() !== 0) unproven(context, 'needs root, for network namespaces');
  if (world !== undefined) return;
  world = new RingWorld();
  open = await world.openRing();
});
afterAll(async () => {
  desk?.remove();
  await world?.remove();
});

/** `sifaka bridge …` or another command of the lab, in a process of its own. */
function command(...words: string[]): Promise<CliResult> {
  desk ??= new Desk();
  const { home, labFolder } = ring();
  const group = words[0] === 'issues' ? [] : ['bridge'];
  const env = { HOME: home, USERPROFILE: home, SSH_AUTH_SOCK: '' };
  return desk.run([...group, ...words], { lab: labFolder, env });
}

function ring(): RingWorld {
  if (world === undefined) throw new Error('there is no ring');
  return world;
}

/** The first of whatever year this is. */
function issueFile(): string {
  const folder = join(ring().labFolder, 'issues');
  const name = readdirSync(folder).find((one) => /^ISSUE-\d{4}-001\.md$/.test(one));
  if (name === undefined) throw new Error('no issue was opened');
  return join(folder, name);
}

async function check(
  request: { nodes?: string[]; throughput?: boolean; signal?: AbortSignal } = {},
): Promise<BridgeCheck> {
  const { nodes, throughput = false, signal = still } = request;
  const bridge = await clusterBridge(open.lab);
  const parts = { ssh: open.ssh, clock: systemClock };
  return checkBridge(parts, bridge, { nodes, throughput, trigger: 'asked' }, signal);
}

/** Until STP has so many ports of the ring forwarding. */
async function forwarding(ports: number): Promise<void> {
  await vi.waitUntil(() => ring().ports('forwarding').length === ports, { timeout: 60_000, interval: 100 });
}

const codes = ({ findings }: BridgeCheck) =>
  findings.map(({ severity, code, node, port }) => [severity, code, node, port].filter(Boolean).join(' '));
const failing = ({ pairs }: BridgeCheck) =>
  pairs.filter(({ passed }) => !passed).map(({ from, to }) => `${from} ${to}`);

describe('the bridge of three nodes in a ring', () => {
  it('that is not there anywhere is said in one sentence', async () => {
    const done = await check();
    expect(codes(done)).toEqual(['failure nothing-deployed']);
    expect(done.passed).toBe(false);
  });

  it('passes with full frames between all pairs, both ways', async () => {
    ring().build();
    await forwarding(5);
    const done = await check();
    expect(codes(done)).toEqual([]);
    expect(done).toMatchObject({ passed: true, mtu: 65_520, trigger: 'asked' });
    expect(done.pairs).toHaveLength(6);
    for (const pair of done.pairs)
      expect(pair).toMatchObject({ passed: true, sent: pair.received, latency: expect.anything() });
  });

  it('is asked of the nodes that were named alone, and measured one pair at a time', async () => {
    const done = await check({ nodes: ['tapia', 'baobab'], throughput: true });
    expect(done.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual(['baobab tapia', 'tapia baobab']);
    expect(done.passed).toBe(true);
    for (const { bitsPerSecond } of done.pairs) expect(bitsPerSecond).toBeGreaterThan(0);
    for (const node of ringNodes) expect(ring().in(node, 'ss', '-Hltn')).toBe('');
    expect(await problemOf(check({ nodes: ['titan'] }))).toMatchObject({ code: 'NODE_UNKNOWN' });
  });

  it('that is stopped while it is measured keeps no server on a node', async () => {
    // Clients that never connect: the server waits for them.
    for (const node of ringNodes)
      ring().program(node, 'iperf3', 'case $1 in -c) exec sleep 600;; *) exec /usr/bin/iperf3 "$@";; esac');
    const stop = new AbortController();
    const running = problemOf(check({ throughput: true, signal: stop.signal }));
    const listening = () => ringNodes.some((node) => ring().in(node, 'ss', '-Hltn').includes('10.99.0.'));
    await vi.waitUntil(listening, { timeout: 60_000, interval: 100 });
    stop.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(listening()).toBe(false);
    ring().honest();
  });

  it('is not judged by what a hostile ping prints, which is not shown as it is either', async () => {
    const lie = String.raw`printf '4 packets transmitted, 400 received, 0%% packet loss\n\033]0;owned\007'`;
    ring().program('baobab', 'ping', lie);
    ring().program('ebony', 'ping', String.raw`printf 'ping: \033[2Jnot found\342\200\256\n' >&2; exit 127`);
    ring().program('tapia', 'ping', 'yes ping | head -c 10000000');
    const done = await check();
    ring().honest();
    expect(done.passed).toBe(false);
    expect(failing(done)).toHaveLength(6);
    expect(codes(done).toSorted()).toEqual([
      'failure not-asked baobab',
      'failure not-asked tapia',
      'failure ping-unusable ebony',
    ]);
    for (const { what } of done.findings) {
      expect(what).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(what.length).toBeLessThan(400);
    }
  });

  it('is shown by the command as a table, with exit code 0, and is in its history', async () => {
    await forwarding(5);
    const done = await command('check', '--nodes', 'baobab,ebony');
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('full frames') });
    expect(done.stdout).toMatch(
      /^FROM \\ TO +baobab +ebony\nbaobab +· +✓ \d+\.\d\d ms\nebony +✓ \d+\.\d\d ms +·\n/,
    );
    expect(done.stdout).toContain(
      'The bridge passed: frames of 65520 bytes get through in 2 of 2 directions.',
    );
    expect((await command('checks')).stdout).toMatch(/asked +passed +2\/2/);
  });

  it('fails for the one node whose ports have MTU 1500: small frames pass, every full one is lost', async () => {
    await forwarding(5);
    for (const port of ['thunderbolt0', 'thunderbolt1'])
      ring().in('ebony', 'ip', 'link', 'set', port, 'mtu', '1500');
    const done = await check();
    const failed = await command('check', '--open-issue', '--json');
    for (const port of ['thunderbolt0', 'thunderbolt1'])
      ring().in('ebony', 'ip', 'link', 'set', port, 'mtu', '65520');
    expect(done.passed).toBe(false);
    expect(codes(done)).toEqual([
      'failure port-mtu ebony thunderbolt0',
      'failure port-mtu ebony thunderbolt1',
    ]);
    expect(failing(done).toSorted()).toEqual(['baobab ebony', 'ebony baobab', 'ebony tapia', 'tapia ebony']);
    for (const { smallPasses } of done.pairs.filter(({ passed }) => !passed)) expect(smallPasses).toBe(true);
    expect(done.findings[0]?.next).toBe('On ebony run: ip link set thunderbolt0 mtu 65520');

    expect(failed.code).toBe(1);
    expect(failed.last).toMatchObject({
      type: 'report',
      report: { passed: false, issue: { id: expect.stringMatching(/^ISSUE-\d{4}-001$/) } },
    });
    const issue = readFileSync(issueFile(), 'utf8');
    const sections = new Map(
      issue
        .split(/^## /m)
        .slice(1)
        .map((part) => [part.split('\n')[0], part.split('\n').slice(1).join('\n').trim()]),
    );
    expect([...sections.keys()]).toHaveLength(10);
    for (const [heading, text] of sections) expect([heading, text]).not.toEqual([heading, '']);
    expect(sections.get('Steps to reproduce')).toContain('ping -4 -n -c 4');
    expect(sections.get('Actual behaviour')).toContain('0 of 4 full frames came back; small frames do');
    expect(sections.get('Evidence')).toMatch(
      /ebony: bridge -d link[^]*thunderbolt0[^\n]* mtu 1500 master thunderbridge/,
    );
    expect(sections.get('Proposed solution')).toContain('ip link set thunderbolt0 mtu 65520');
    expect(sections.get('Changelog entries')).toContain('Check of thunderbridge passed');
  });

  it('has its issue closed only by a check that passed on all its nodes afterwards', async () => {
    const close = () => command('issues', 'close', basename(issueFile(), '.md'));
    await forwarding(5);
    expect((await command('check', '--nodes', 'baobab, tapia')).code).toBe(0);
    expect(await close()).toMatchObject({ code: 3, stderr: expect.stringContaining('sifaka bridge check') });
    expect((await command('check')).code).toBe(0);
    expect((await close()).code).toBe(0);
    expect(readFileSync(issueFile(), 'utf8')).toContain('status: closed');
  });

  it('passes with a warning when a cable is out and the ring has healed', async () => {
    ring().cut('baobab');
    await forwarding(4);
    const healed = await check();
    expect(codes(healed)).toEqual(['warning cable-out']);
    expect(healed.passed).toBe(true);
    expect(healed.findings[0]?.cable).toBe('baobab:thunderbolt1 – ebony:thunderbolt0');
  });

  it('fails in pieces, which are named, when the next cable is out', async () => {
    ring().cut('ebony');
    const parted = await check();
    expect(parted.passed).toBe(false);
    expect(codes(parted)).toEqual(['failure cable-out', 'failure cable-out', 'failure bridge-parted']);
    expect(failing(parted)).toHaveLength(4);
    expect(parted.findings[2]?.what).toContain('baobab, tapia | ebony');
  });

  it('has a node that is down as a gap with its reason, and the others are checked', async () => {
    await ring().daemons.get('tapia')?.stop();
    open.ssh.close();
    open = await ring().open();
    const done = await check({ nodes: ['baobab', 'tapia'] });
    expect(codes(done)[0]).toBe('failure node-silent tapia');
    expect(done.nodes.map(({ node, problem }) => [node, problem?.code])).toEqual([
      ['baobab', undefined],
      ['tapia', 'SSH_UNREACHABLE'],
    ]);
    expect(failing(done)).toEqual(['tapia baobab']);
    expect(done.findings[0]?.what).toContain('Its thunderbridge does answer baobab.');
  });
});
