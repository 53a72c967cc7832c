import { createHash, randomUUID } from 'node:crypto';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCheckHistory } from '../../electron/services/bridge/check/history.ts';
import { Problem } from '../../shared/problem.ts';
import type { Lane } from '../../shared/progress.ts';
import type {
  BridgeCheck,
  BridgeNode,
  BridgeOverview,
  BridgePlan,
  DeployRecord,
  FileChange,
  NodeFile,
  PairResult,
  PlannedNode,
} from '../../shared/schemas/bridge.ts';
import type { JobReport } from '../../shared/schemas/job.ts';
import { interfacesFile, ringNodes } from './bridge-labs.ts';
import type { RunningApp } from './running-app.ts';

/**
 * What a bridge can look like, for the screens that show it. The nodes of these labs do not exist: what they would say is
 * written here, with one of each thing that can be wrong. What real nodes say is in bridge-wizard.test.ts.
 */

const bridge = { name: 'thunderbridge', mtu: 65520, up: true, stp: true };

/** baobab is in order, ebony blocks the ring's last port and has one that is too small, tapia does not answer. */
function nodesAt(at: Date, looks: number): BridgeNode[] {
  const port = (name: string, more: object) => ({
    name,
    present: true,
    enslaved: true,
    mtu: 65520,
    carrier: true,
    state: 'forwarding' as const,
    receivedBytes: 8e6 * looks,
    sentBytes: 3e5 * looks,
    ...more,
  });
  const management = { interface: 'vmbr0', address: '192.168.22.71' };
  return [
    {
      node: 'baobab',
      at: at.toISOString(),
      live: {
        bridge: { ...bridge, addresses: ['10.99.0.1/24'] },
        ports: [port('thunderbolt0', { state: 'blocking' }), port('thunderbolt1', {})],
        management,
      },
    },
    {
      node: 'ebony',
      at: at.toISOString(),
      live: {
        bridge: { ...bridge, addresses: ['10.99.0.2/24'] },
        ports: [port('thunderbolt0', { mtu: 1500 }), port('thunderbolt1', { carrier: false })],
        management,
      },
    },
    {
      node: 'tapia',
      at: at.toISOString(),
      problem: {
        code: 'SSH_UNREACHABLE',
        what: 'tapia does not answer at 192.168.22.73.',
        state: 'Nothing was asked of it.',
        next: 'Look whether it is switched on.',
      },
    },
  ];
}

/** A check of ten minutes ago that failed, and an older one that passed, where the app keeps them. */
async function writeChecks(app: RunningApp): Promise<void> {
  const history = createCheckHistory({
    lab: { root: await realpath(app.lab) },
    folders: { data: join(app.lab, '../home/data') },
  });
  await history.add(checkOf(randomUUID(), new Date(Date.now() - 600_000), false));
  await history.add(checkOf(randomUUID(), new Date(Date.now() - 900_000_000), true));
}

/** Plays the nodes of `app`'s lab: what they say when they are looked at, and what a deploy would change. */
export function playNodes(app: RunningApp): void {
  let looks = 0;
  let lastLook = 0;
  Object.assign(app.services.bridge, {
    look: async (): Promise<BridgeOverview> => {
      // Who was away for a while looks for the first time.
      if (Date.now() - lastLook > 30_000) looks = 0;
      lastLook = Date.now();
      const description = await app.services.bridge.described();
      const [baobab, ebony, tapia] = nodesAt(new Date(), ++looks);
      // It is there at the first look, so that what it said then can look old.
      const third = looks === 1 && baobab ? { ...baobab, node: 'tapia' } : tapia;
      return { ...description, nodes: [baobab, ebony, third].flatMap((node) => node ?? []) };
    },
    plan: async () => ({ plan: everyRisk, digest: '1'.repeat(64), observed }),
  });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function textFile(path: string, text: string, mode = '0644'): NodeFile {
  return { path, owner: 'root', group: 'root', mode, size: text.length, sha256: sha256(text), text };
}

const interfaces = '/etc/network/interfaces.d/10-thunderbolt';
const modules = '/etc/modules-load.d/thunderbolt.conf';

function replaced(number: number, drifted: boolean): FileChange {
  return {
    path: interfaces,
    action: 'replace',
    before: textFile(interfaces, interfacesFile(number, 1500)),
    after: textFile(interfaces, interfacesFile(number, 65520)),
    drifted,
  };
}

function planned(node: string, more: Partial<PlannedNode>): PlannedNode {
  return {
    node,
    risk: 'none',
    files: [],
    live: [],
    expected: { bridge: 'thunderbridge', mtu: 65520, stp: true, ports: ['thunderbolt0', 'thunderbolt1'] },
    ...more,
  };
}

const observed = [
  {
    node: 'baobab',
    kernel: ['thunderbolt 0-1: new host found, vendor=0x8086 device=0x1'],
    units: [{ name: 'systemd-networkd.service', state: 'inactive' }],
  },
];

/** One node of each risk, a file of each kind of change, a warning of its own and drift. */
const everyRisk: BridgePlan = {
  schema: 'sifaka.bridge-plan/1',
  cluster: 'madagascar',
  source: { kind: 'design', name: 'attempt2' },
  sourceDigest: '2'.repeat(64),
  mode: 'all',
  windowSeconds: 120,
  nodes: [
    planned('baobab', {
      risk: 'may-cut-management',
      files: [
        replaced(1, true),
        {
          path: modules,
          action: 'create',
          after: textFile(modules, 'thunderbolt\nthunderbolt-net\n'),
          drifted: false,
        },
      ],
      live: [{ link: 'thunderbridge', what: 'mtu', from: '1500', to: '65520' }],
    }),
    planned('ebony', {
      risk: 'link-flap',
      files: [
        {
          path: '/usr/local/sbin/thunderbridge',
          action: 'permissions',
          before: textFile('/usr/local/sbin/thunderbridge', '#!/bin/sh\n', '0644'),
          after: textFile('/usr/local/sbin/thunderbridge', '#!/bin/sh\n', '0755'),
          drifted: false,
        },
        {
          path: '/etc/systemd/network/00-thunderbolt0.link',
          action: 'remove',
          before: {
            path: '/etc/systemd/network/00-thunderbolt0.link',
            owner: 'root',
            group: 'root',
            mode: '0644',
            size: 4,
            sha256: sha256('binary'),
            base64: 'AP8A/w==',
          },
          drifted: false,
        },
      ],
      live: [{ link: 'thunderbolt0', what: 'port', from: '', to: 'thunderbridge' }],
    }),
    planned('tapia', { risk: 'none' }),
  ],
  refusals: [],
  warnings: [
    {
      code: 'drift',
      node: 'baobab',
      what: `${interfaces} was changed since the last deploy; what it has now is replaced.`,
    },
  ],
};

const pair = (from: string, to: string, more: Partial<PairResult> = {}): PairResult => ({
  from,
  to,
  passed: true,
  sent: 5,
  received: 5,
  latency: { min: 0.18, average: 0.234, max: 0.31 },
  bitsPerSecond: 1.42e10,
  ...more,
});

const pairs = ringNodes.flatMap((from) => ringNodes.filter((to) => to !== from).map((to) => pair(from, to)));

const withoutEbony = ({ from, to, ...measured }: PairResult): PairResult =>
  from === 'ebony' || to === 'ebony'
    ? { from, to, sent: 5, received: 0, passed: false, smallPasses: true, said: 'message too long, mtu=1500' }
    : { from, to, ...measured };

function checkOf(id: string, at: Date, passed: boolean): BridgeCheck {
  const nodes = nodesAt(at, 1);
  return {
    schema: 'sifaka.bridge-check/1',
    id,
    cluster: 'madagascar',
    at: at.toISOString(),
    trigger: passed ? 'deploy' : 'asked',
    passed,
    mtu: 65520,
    nodes: passed ? nodes.flatMap((node) => (node.live ? [node] : [])) : nodes,
    pairs: passed ? pairs : pairs.map(withoutEbony),
    findings: passed
      ? []
      : [
          {
            severity: 'failure',
            code: 'port-mtu',
            node: 'ebony',
            port: 'thunderbolt0',
            cable: 'baobab:thunderbolt1 – ebony:thunderbolt0',
            what: 'thunderbolt0 of ebony has an MTU of 1500: full frames are lost on it without a trace.',
            next: 'On ebony: ip link set thunderbolt0 mtu 65520',
          },
          {
            severity: 'warning',
            code: 'cable-unplugged',
            node: 'ebony',
            port: 'thunderbolt1',
            what: 'thunderbolt1 of ebony has no carrier; the ring goes the other way round.',
            next: 'Plug the cable in again.',
          },
        ],
  };
}

export type BridgeJobName =
  | 'deploying'
  | 'deployed'
  | 'takenBack'
  | 'split'
  | 'checking'
  | 'checked'
  | 'checkFailed';

type Done = Awaited<ReturnType<Parameters<RunningApp['services']['jobs']['start']>[0]['run']>>;

/** One job of the bridge for each way in which it can end, and one of each kind that runs for as long as it is looked at. */
export async function startBridgeJobs(app: RunningApp): Promise<Record<BridgeJobName, string>> {
  await writeChecks(app);
  const { jobs } = app.services;
  const steps = [
    { id: 'arm', label: 'Arm every node', unit: 'steps', weight: 1 },
    { id: 'apply', label: 'Change files and reload', unit: 'steps', weight: 3 },
  ] as const;
  const deployJob = (run: (jobId: string) => Promise<Done>, lanes: Lane[]) =>
    jobs.start({
      kind: 'bridge-deploy',
      title: 'Deploy attempt2 to baobab, ebony and tapia',
      subject: join(app.lab, `deploy-${lanes.length}-${String(Math.random())}`),
      planDigest: '1'.repeat(64),
      ifCutOff: 'Each node goes back by itself within 120 s.',
      steps,
      async run({ jobId, report }) {
        report.progress({ step: 'arm', done: 3, total: 3, lanes });
        report.progress({ step: 'apply', done: 1, total: 3, lanes });
        return run(jobId);
      },
    });
  const ended = async (id: string) => {
    for await (const event of jobs.follow(id, {})) if (event.type === 'ended') return id;
    return id;
  };
  const deployed = await ended(
    await deployJob(async (jobId) => {
      const deploy = await record(app, jobId, 'confirmed', 'attempt2', 'new');
      return { kind: 'bridge-deploy', deploy: summaryOf(deploy), check: checkOf(jobId, new Date(), true) };
    }, lanesAt('done')),
  );
  const takenBack = await ended(
    await deployJob(async (jobId) => {
      await record(app, jobId, 'rolled-back', 'attempt2', 'old');
      throw new Problem('DEPLOY_ROLLED_BACK', {
        what: 'ebony could not be proven: full frames to tapia are lost.',
        state: 'baobab, ebony and tapia are as they were before.',
        next: 'Look at the cable between ebony and tapia, then deploy again.',
      });
    }, lanesAt('taken-back')),
  );
  const split = await ended(
    await deployJob(async (jobId) => {
      await record(app, jobId, 'split', 'attempt2', 'unknown');
      throw new Problem('DEPLOY_SPLIT', {
        what: 'tapia could not be told to keep the change.',
        state: 'baobab and ebony have the new state; tapia went back by itself.',
        next: 'Run sifaka bridge converge.',
      });
    }, lanesAt('failed')),
  );
  const running = (kind: 'bridge-deploy' | 'bridge-check', title: string, lanes: Lane[]) =>
    jobs.start({
      kind,
      title,
      subject: join(app.lab, kind),
      ifCutOff:
        kind === 'bridge-deploy' ? 'Each node goes back by itself within 120 s.' : 'Nothing was changed.',
      steps,
      run({ signal, report }) {
        report.progress({ step: 'arm', done: 3, total: 3, lanes });
        report.progress({ step: 'apply', done: 1, total: 3, lanes });
        return new Promise<JobReport>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    });
  const checkJob = async (passed: boolean) =>
    ended(
      await jobs.start({
        kind: 'bridge-check',
        title: 'Check the bridge of madagascar',
        subject: join(app.lab, `check-${passed}`),
        ifCutOff: 'Nothing was changed.',
        steps,
        run: async ({ jobId }) => ({ kind: 'bridge-check', check: checkOf(jobId, new Date(), passed) }),
      }),
    );
  return {
    deployed,
    takenBack,
    split,
    checked: await checkJob(true),
    checkFailed: await checkJob(false),
    deploying: await running('bridge-deploy', 'Deploy attempt2 to baobab, ebony and tapia', lanesAt('armed')),
    checking: await running('bridge-check', 'Check the bridge of madagascar', []),
  };
}

/** Three lanes, of which the last one ends in this state. */
function lanesAt(last: Lane['state']): Lane[] {
  const deadline = new Date(Date.now() + 3_000_000).toISOString();
  const isOver = last === 'done' || last === 'taken-back';
  const lane = (name: string, state: Lane['state'], label: string): Lane => ({
    name,
    state,
    label,
    ...(state === 'armed' || state === 'proven' || state === 'running' ? { deadline } : {}),
  });
  if (isOver) return ringNodes.map((name) => lane(name, last, 'Over.'));
  return [
    lane('baobab', 'proven', 'Every full frame came back.'),
    lane('ebony', 'running', 'ifreload -a'),
    lane('tapia', last, last === 'failed' ? 'It does not answer.' : 'Armed; waits for ebony.'),
  ];
}

async function record(
  app: RunningApp,
  id: string,
  state: DeployRecord['state'],
  design: string,
  last: DeployRecord['nodes'][number]['state'],
): Promise<DeployRecord> {
  const now = new Date();
  const file = textFile(interfaces, interfacesFile(1, 65520));
  const made: DeployRecord = {
    schema: 'sifaka.bridge-deploy/1',
    id,
    cluster: 'madagascar',
    source: { kind: 'design', name: design },
    sourceDigest: '2'.repeat(64),
    planDigest: '1'.repeat(64),
    mode: 'all',
    startedAt: now.toISOString(),
    endedAt: now.toISOString(),
    state,
    ...(state === 'confirmed' ? {} : { reason: 'tapia could not be proven.' }),
    nodes: ringNodes.map((node) => ({
      node,
      state: state === 'split' && node !== 'tapia' ? 'new' : last,
      after: [file],
      before: [],
    })),
    sifakaVersion: '0.0.0-test',
  };
  const folder = join(app.lab, 'deploy/history');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${id}.json`), JSON.stringify(made, undefined, 2));
  return made;
}

function summaryOf({ nodes, ...deploy }: DeployRecord) {
  return { ...deploy, nodes: nodes.map(({ node, state }) => ({ node, state })) };
}
