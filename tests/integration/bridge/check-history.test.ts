import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCheckHistory } from '../../../electron/services/bridge/check/history.ts';
import { bridgeProof } from '../../../electron/services/bridge/check/proof.ts';
import { scheduledLook } from '../../../electron/services/bridge/check/schedule.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import type { Services } from '../../../electron/services/services.ts';
import type { BridgeCheck } from '../../../shared/schemas/bridge.ts';
import type { JobReport, JobSummary } from '../../../shared/schemas/job.ts';
import { freePort } from '../../rig/free-port.ts';
import { problemOf } from '../lab/lab-fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const history = () => createCheckHistory({ lab: { root: '/labs/one' }, folders: { data: folder } });

function made(minute: number, change: Partial<BridgeCheck> = {}): BridgeCheck {
  const at = new Date(Date.UTC(2026, 10, 21, 14, minute)).toISOString();
  return {
    schema: 'sifaka.bridge-check/1',
    id: randomUUID(),
    cluster: 'madagascar',
    at,
    trigger: 'asked',
    passed: true,
    mtu: 65_520,
    nodes: ['baobab', 'ebony'].map((node) => ({ node, at, live: { ports: [] } })),
    pairs: [
      { from: 'baobab', to: 'ebony', passed: true, sent: 4, received: 4 },
      { from: 'ebony', to: 'baobab', passed: true, sent: 4, received: 4 },
    ],
    findings: [],
    ...change,
  };
}

describe('the history of checks', () => {
  it('is newest first, of one lab, and finds each by its id', async () => {
    const checks = [made(1), made(3), made(2)];
    await Promise.all(checks.map((check) => history().add(check)));
    expect((await history().newest(2)).map(({ at }) => at.slice(14, 16))).toEqual(['03', '02']);
    expect(await history().find(checks[0]?.id ?? '')).toEqual(checks[0]);
    expect(await history().find(randomUUID())).toBeUndefined();
    const other = createCheckHistory({ lab: { root: '/labs/two' }, folders: { data: folder } });
    expect(await other.newest(10)).toEqual([]);
  });

  it('keeps the newest thousand', async () => {
    await history().add(made(1));
    const [mark = ''] = readdirSync(join(folder, 'bridge-checks'));
    for (let second = 0; second < 1005; second += 1) {
      const name = `20261121T13${String(second).padStart(4, '0')}000Z-${randomUUID()}.json`;
      writeFileSync(join(folder, 'bridge-checks', mark, name), '');
    }
    await history().add(made(2));
    const names = readdirSync(join(folder, 'bridge-checks', mark)).toSorted();
    expect(names).toHaveLength(1000);
    expect(names.at(-1)).toContain('20261121T140200000Z');
    expect(names[0]).toContain('T130007');
  });

  it('leaves out what is no check: half a file, another one, one that is too large', async () => {
    await history().add(made(1));
    const [mark = ''] = readdirSync(join(folder, 'bridge-checks'));
    const put = (second: number, text: string) =>
      writeFileSync(
        join(folder, 'bridge-checks', mark, `20261121T15000${second}000Z-${randomUUID()}.json`),
        text,
      );
    put(1, JSON.stringify(made(5)).slice(0, 90));
    put(2, '{"schema":"sifaka.bridge-check/9"}');
    put(3, JSON.stringify(made(6, { cluster: 'x'.repeat(5_000_000) })));
    writeFileSync(join(folder, 'bridge-checks', mark, '.left.new'), '{');
    expect((await history().newest(10)).map(({ at }) => at.slice(14, 16))).toEqual(['01']);
  });
});

describe('the proof that an issue is mended', () => {
  const since = made(5).at;
  const proof = (nodes: string[]) => bridgeProof(history()).proofOf(nodes, since);

  it('is a check that passed afterwards, with full frames from and to each of its nodes', async () => {
    await history().add(made(6, { passed: false }));
    await history().add(made(4));
    expect(await proof(['baobab'])).toBeUndefined();
    const good = made(7);
    await history().add(good);
    expect(await proof(['baobab', 'ebony'])).toMatchObject({ passedAt: good.at });
    expect(await proof(['baobab', 'tapia'])).toBeUndefined();
  });

  it('is none any more once a later check failed on one of them, whatever else failed there', async () => {
    const finding = { severity: 'failure' as const, code: 'bridge-down', what: '', next: '' };
    await history().add(made(6));
    const nodes = [...made(7).nodes, { node: 'tapia', at: made(7).at, live: { ports: [] } }];
    await history().add(made(7, { passed: false, nodes, findings: [{ ...finding, node: 'tapia' }] }));
    expect(await proof(['baobab', 'ebony'])).toMatchObject({ passedAt: made(6).at });
    await history().add(made(8, { passed: false, findings: [{ ...finding, node: 'ebony' }] }));
    expect(await proof(['baobab', 'ebony'])).toBeUndefined();
    await history().add(made(9));
    expect(await proof(['baobab', 'ebony'])).toMatchObject({ passedAt: made(9).at });
  });

  it('is no check of what a node may still take back', async () => {
    const [first, ...others] = made(6).nodes;
    if (first?.live === undefined) throw new Error('there are nodes');
    const armed = { deploy: randomUUID(), secondsLeft: 90 };
    const waiting = { ...first, live: { ...first.live, armed } };
    await history().add(made(6, { trigger: 'deploy', nodes: [waiting, ...others] }));
    expect(await proof(['baobab', 'ebony'])).toBeUndefined();
  });

  it('is no check that sent nothing to the node', async () => {
    await history().add(made(8, { pairs: [] }));
    expect(await proof(['ebony'])).toBeUndefined();
  });
});

const labWith = (everyMinutes: number | undefined) => ({
  cluster: async () => ({
    file: 'cluster/madagascar.json',
    digest: '',
    value: {
      clusters: {
        madagascar: {
          thunderbridge: everyMinutes === undefined ? {} : { check: { everyMinutes } },
          nodes: { baobab: { thunderbridge: { address: '10.99.0.1/24', ports: ['thunderbolt0'] } } },
        },
      },
    },
  }),
});

function look(
  at: () => Date,
  jobs: Partial<JobSummary>[],
  everyMinutes: number | undefined,
  starts: string[],
) {
  return scheduledLook({
    // Only these of them are used.
    lab: labWith(everyMinutes) as never,
    clock: { now: at },
    jobs: { list: async () => jobs } as never,
    history: history(),
    start: async () => starts.push('start'),
  });
}

describe('a check on schedule', () => {
  it('is due when the cluster file says so, counted from the last check of any process', async () => {
    let now = new Date(made(10).at);
    const starts: string[] = [];
    const at = () => now;
    const scheduled = look(at, [], 15, starts);
    await history().add(made(9, { trigger: 'asked' }));
    expect(await scheduled()).toBe(false);
    now = new Date(made(24).at);
    expect(await scheduled()).toBe(true);
    // It is not in the history yet, and not started again for that.
    expect(await scheduled()).toBe(false);
    expect(starts).toEqual(['start']);
    expect(await look(at, [], undefined, starts)()).toBe(false);
  });

  it('is left out while a deploy runs, and a clock that was set back does not stop it', async () => {
    const now = () => new Date(made(30).at);
    expect(await look(now, [{ kind: 'bridge-deploy', state: 'running' }], 15, [])()).toBe(false);
    expect(await look(now, [{ kind: 'bridge-deploy', state: 'done' }], 15, [])()).toBe(true);
    await history().add(made(59));
    expect(await look(now, [], 15, [])()).toBe(true);
  });
});

describe('a check as a job', () => {
  let services: Services;
  beforeEach(async () => {
    const port = await freePort();
    const lab = join(folder, 'lab');
    mkdirSync(join(lab, 'cluster'), { recursive: true });
    const node = (last: number) => ({
      ssh: { address: '127.0.0.1', port, user: 'root' },
      thunderbridge: { address: `10.99.0.${last}/24`, ports: ['thunderbolt0', 'thunderbolt1'] },
    });
    writeFileSync(
      join(lab, 'cluster', 'madagascar.json'),
      JSON.stringify({ clusters: { madagascar: { nodes: { baobab: node(1), ebony: node(2) } } } }),
    );
    const own = (name: string) => join(folder, name);
    const folders = { cache: own('cache'), state: own('state'), data: own('data'), config: own('config') };
    services = await createServices({
      lab,
      folders,
      clock: { now: () => new Date() },
      log: { line: () => undefined },
      version: '0.0.0',
    });
  });
  afterEach(() => services.close());

  async function check(scheduled: boolean): Promise<BridgeCheck> {
    const { jobId } = await services.bridge.check({ throughput: false, scheduled });
    let report: JobReport | undefined;
    for await (const event of services.jobs.follow(jobId, {}))
      if (event.type === 'ended') report = event.report;
    if (report?.kind !== 'bridge-check') throw new Error('no check');
    return report.check;
  }

  const logbook = async () =>
    (await services.lab.logbook(10)).map(({ project, summary }) => [project, summary]);

  it('ends as done with what it found, is kept, and is in the logbook', async () => {
    const found = await check(false);
    expect(found).toMatchObject({ passed: false, trigger: 'asked' });
    expect(found.findings.map(({ code, node }) => `${code} ${node}`)).toEqual([
      'node-silent baobab',
      'node-silent ebony',
    ]);
    expect(await services.bridge.checks(5)).toEqual([found]);
    expect(await logbook()).toEqual([
      ['bridge', 'Check of thunderbridge failed: full frames get through in 0 of 2 directions.'],
    ]);
    expect(await problemOf(services.bridge.check({ nodes: ['titan'], throughput: false }))).toMatchObject({
      code: 'NODE_UNKNOWN',
    });
  });

  it('on schedule comes into the logbook only when the verdict is another', async () => {
    await check(true);
    await check(true);
    expect(await logbook()).toHaveLength(1);
    expect(await services.bridge.checks(5)).toHaveLength(2);
    await check(false);
    expect(await logbook()).toHaveLength(2);
  });

  it('has an issue opened only when it is known and found something', async () => {
    const still = new AbortController().signal;
    expect(await problemOf(services.bridge.openIssue(randomUUID(), still))).toMatchObject({
      code: 'CHECK_UNKNOWN',
    });
    const { id } = await check(false);
    const opened = await services.bridge.openIssue(id, still);
    const issue = await services.issues.read(opened.id);
    expect(issue).toMatchObject({ state: 'open', nodes: ['baobab', 'ebony'], check: 'bridge' });
    expect(issue.text).toContain('baobab: ssh');
    expect(await problemOf(services.issues.close(opened.id, { note: '' }))).toMatchObject({
      code: 'ISSUE_NOT_PROVEN',
    });
  });
});
