import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { Problem } from '../../../shared/problem.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { Clock } from '../../../electron/services/clock.ts';
import type { Services } from '../../../electron/services/services.ts';

export const jobId = '0190a6d2-7b7c-4c70-9c3f-2f1a35f0a001';
export const hex64 = 'a'.repeat(64);
const at = '2026-11-21T02:00:00.000Z';

const target: Target = {
  kind: 'virtual-drive',
  path: '/virtual/demo-sd',
  label: 'demo-sd',
  size: 1 << 20,
  identity: '1:2',
  contents: 'empty',
};

export const plan: CardPlan = {
  schema: 'sifaka.card-plan/1',
  node: 'titan-13',
  nodeClass: 'rpi5-ubuntu',
  hostname: 'titan-13',
  clock: at,
  image: { name: 'demo', fileSha256: hex64, rawSha256: hex64, size: 1 << 20 },
  target,
  changes: [],
  write: { mappedBytes: 0, injectedBytes: 0, cells: [], estimatedSeconds: 1 },
  freeSpace: 'keep',
  erases: 'Everything.',
  warnings: [],
};

const node: NodeSummary = {
  name: 'titan-13',
  description: '',
  nodeClass: 'rpi5-ubuntu',
  image: 'demo',
  recoverable: true,
  hostname: 'titan-13',
  interface: 'eth0',
  addresses: ['dhcp'],
  k3sRole: 'none',
  labels: {},
  taints: [],
  longhornDisks: 0,
};

export const jobEvents: JobEvent[] = [
  {
    type: 'started',
    at,
    id: jobId,
    kind: 'card-burn',
    title: 'Burn',
    subject: '/virtual/demo-sd',
    owner: { pid: 1, startedAt: '1', bootId: 'b', host: 'h' },
    ifCutOff: 'Nothing was written.',
  },
  {
    type: 'progress',
    at,
    progress: { step: 'write', label: 'Write', done: 1, total: 2, unit: 'bytes', overall: 0.5 },
  },
  { type: 'ended', at, outcome: 'cancelled' },
];

const hostKey = { type: 'ssh-ed25519' as const, fingerprint: `SHA256:${'A'.repeat(43)}` };

/** Services with right answers that remember which of them was reached, with what, and what the log was told. */
export interface RecordingServices extends Services {
  readonly reached: { method: string; with: unknown[] }[];
  readonly logged: string[];
}

type Replacements = {
  [Key in keyof Services]?: Services[Key] extends object ? Partial<Services[Key]> : never;
};

export function recordingServices(
  options: { clock?: Clock; replace?: Replacements } = {},
): RecordingServices {
  const reached: { method: string; with: unknown[] }[] = [];
  const logged: string[] = [];
  const { replace = {} } = options;
  const answer =
    <Value>(method: string, value: Value) =>
    async (...parameters: unknown[]): Promise<Value> => {
      reached.push({ method, with: parameters });
      return value;
    };
  return {
    reached,
    logged,
    version: '0.0.0-test',
    clock: options.clock ?? { now: () => new Date(at) },
    log: { line: (text) => logged.push(text) },
    lab: {
      root: '/lab',
      state: answer('lab.state', { path: '/lab', name: 'lab', writable: true }),
      check: answer('lab.check', []),
      get: answer('lab.get', { value: { a: 1 }, digest: hex64 }),
      set: answer('lab.set', { digest: hex64 }),
      logbook: answer('lab.logbook', []),
      inventory: notForTheRouter,
      cluster: notForTheRouter,
      hostKeys: notForTheRouter,
      changeHostKeys: notForTheRouter,
      readBytes: notForTheRouter,
      resolve: notForTheRouter,
      writeBytes: notForTheRouter,
      listFiles: notForTheRouter,
      appendToLogbook: notForTheRouter,
      ...replace.lab,
    },
    images: {
      list: answer('images.list', []),
      add: answer('images.add', { jobId }),
      verify: answer('images.verify', { name: 'demo', rawSha256: hex64, size: 1 }),
      ...replace.images,
    },
    secrets: {
      identityState: answer('secrets.identityState', 'ready' as const),
      unlock: answer('secrets.unlock', undefined),
      seal: answer('secrets.seal', { file: 'metis/secrets/x.age' }),
      createIdentity: answer('secrets.createIdentity', { recipient: 'age1', file: 'f' }),
      addOwnRecipient: answer('secrets.addOwnRecipient', { recipient: 'age1', file: 'f' }),
      names: notForTheRouter,
      has: notForTheRouter,
      open: notForTheRouter,
      keyedDigest: notForTheRouter,
      keyedHash: notForTheRouter,
      ...replace.secrets,
    },
    drives: {
      list: answer('drives.list', []),
      async *watch() {
        reached.push({ method: 'drives.watch', with: [] });
        yield [];
      },
      ...replace.drives,
    },
    targets: {
      list: answer('targets.list', [target]),
      createVirtual: answer('targets.createVirtual', target),
      inspect: notForTheRouter,
      openForWriting: notForTheRouter,
      openForReading: notForTheRouter,
      ...replace.targets,
    },
    cards: {
      nodes: answer('cards.nodes', [node]),
      plan: answer('cards.plan', { plan, digest: hex64 }),
      shown: () => plan,
      burn: answer('cards.burn', { jobId }),
      verify: answer('cards.verify', { jobId }),
      receipts: answer('cards.receipts', []),
      ...replace.cards,
    },
    nodes: {
      list: answer('nodes.list', []),
      check: answer('nodes.check', []),
      hostKey: answer('nodes.hostKey', {
        host: 'baobab',
        presented: hostKey,
        trusted: [],
        state: 'unknown' as const,
      }),
      trust: answer('nodes.trust', {
        host: 'baobab',
        file: 'cluster/host-keys.json',
        trusted: [hostKey],
        changed: true,
      }),
      ...replace.nodes,
    },
    jobs: {
      start: notForTheRouter,
      onStart: notForTheRouter,
      list: answer('jobs.list', []),
      async *follow(...parameters: unknown[]) {
        reached.push({ method: 'jobs.follow', with: parameters });
        yield* jobEvents;
      },
      cancel: answer('jobs.cancel', undefined),
      close: answer('jobs.close', undefined),
      ...replace.jobs,
    },
    checkSecrets: answer('checkSecrets', []),
    createDemoLab: answer('createDemoLab', { path: '/demo' }),
    doctor: answer('doctor', []),
    readLog: answer('readLog', { file: '~/sifaka.log', entries: [], more: false }),
    diagnostics: answer('diagnostics', 'Sifaka diagnostics'),
    close: answer('close', undefined),
  };
}

export function problem(code: Problem['code']): Problem {
  return new Problem(code, { what: 'It went wrong.', state: 'Nothing was changed.', next: 'Do it right.' });
}

function notForTheRouter(): never {
  throw new Error('the router does not call this');
}
