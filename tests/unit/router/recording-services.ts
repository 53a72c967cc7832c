import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { IssueSummary } from '../../../shared/contract/issues.ts';
import { Problem } from '../../../shared/problem.ts';
import type { BridgePlan, DeploySummary } from '../../../shared/schemas/bridge.ts';
import type { Manifest } from '../../../shared/schemas/backup-manifest.ts';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import type { PrunePlan, RestorePlan } from '../../../shared/schemas/backup-plans.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { SyncRun } from '../../../shared/schemas/sync-overview.ts';
import type { ShownSyncPlan } from '../../../shared/schemas/sync-plans.ts';
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

const timer = { available: true, installed: false, unit: 'sifaka-bridge-check.timer' };

const issue: IssueSummary = {
  id: 'ISSUE-2026-001',
  file: 'issues/ISSUE-2026-001.md',
  title: 'Frames are lost',
  state: 'open',
  opened: at,
  nodes: ['baobab'],
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
    command: 'npx sifaka' as const,
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
      backupPolicy: notForTheRouter,
      syncPairs: notForTheRouter,
      changeHostKeys: notForTheRouter,
      readBytes: notForTheRouter,
      resolve: notForTheRouter,
      writeBytes: notForTheRouter,
      changeFile: notForTheRouter,
      listFiles: notForTheRouter,
      listFolders: notForTheRouter,
      readTree: notForTheRouter,
      createFolder: notForTheRouter,
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
    bridge: {
      designs: answer('bridge.designs', []),
      newAttempt: answer('bridge.newAttempt', {
        made: true,
        design: { name: 'attempt1', digest: hex64, nodes: [], files: 0 },
        changes: [],
        carried: [],
        notes: [],
      }),
      importAddresses: answer('bridge.importAddresses', {
        script: 'deploy/attempt1/deploy_tb.sh',
        clusterFile: 'cluster/madagascar.json',
        found: [],
        lacking: [],
        different: [],
        notes: [],
        written: false,
      }),
      described: answer('bridge.described', bridgeOverview),
      look: answer('bridge.look', bridgeOverview),
      plan: answer('bridge.plan', { plan: bridgePlan, digest: hex64, observed: [] }),
      deploy: answer('bridge.deploy', { jobId }),
      deploys: answer('bridge.deploys', []),
      converge: answer('bridge.converge', { deploy: deploySummary }),
      check: answer('bridge.check', { jobId }),
      checks: answer('bridge.checks', []),
      openIssue: answer('bridge.openIssue', { id: 'ISSUE-2026-001', file: 'issues/ISSUE-2026-001.md' }),
      keepChecking: notForTheRouter,
      timer: {
        status: answer('bridge.timer', timer),
        install: answer('bridge.setTimer', timer),
        remove: answer('bridge.setTimer', timer),
      },
      ...replace.bridge,
    },
    backups: {
      discover: answer('backups.discover', { file: 'backups/manifest-2026-11-21.json', manifest }),
      overview: answer('backups.overview', backupOverview),
      archives: answer('backups.archives', []),
      records: answer('backups.records', []),
      plan: answer('backups.plan', { plan: { schema: 'sifaka.backup-plan/1', guests: [] }, digest: hex64 }),
      run: answer('backups.run', { jobId }),
      planPrune: answer('backups.planPrune', { plan: prunePlan, digest: hex64 }),
      prune: answer('backups.prune', { jobId }),
      verify: answer('backups.verify', { jobId }),
      restoreTest: answer('backups.restoreTest', { jobId }),
      planRestore: answer('backups.planRestore', { plan: restorePlan, digest: hex64 }),
      restore: answer('backups.restore', { jobId }),
      targets: answer('backups.targets', []),
      initTarget: answer('backups.initTarget', {
        target: 'cellar',
        kind: 'node-folder' as const,
        state: 'ready' as const,
      }),
      agents: answer('backups.agents', []),
      planAgent: answer('backups.planAgent', {
        plan: { schema: 'sifaka.agent-plan/1', nodes: [] },
        digest: hex64,
      }),
      deployAgent: answer('backups.deployAgent', { jobId }),
      collect: answer('backups.collect', { collected: 0, nodes: [] }),
      shown: () => undefined,
      keepCollecting: notForTheRouter,
      keepTesting: notForTheRouter,
      newestManifest: notForTheRouter,
      ...replace.backups,
    },
    sync: {
      overview: answer('sync.overview', { at, pairsFile: 'missing' as const, pairs: [] }),
      iterations: answer('sync.iterations', []),
      operations: answer('sync.operations', { run: syncRun, operations: [] }),
      plan: answer('sync.plan', { plan: syncPlan, digest: hex64 }),
      run: answer('sync.run', { jobId }),
      commandPair: notForTheRouter,
      commandDatabase: notForTheRouter,
      initPair: answer('sync.initPair', { pair: 'media', sides: [] }),
      resume: answer('sync.resume', { pair: 'media', wasBlocked: true }),
      ...replace.sync,
    },
    issues: {
      list: answer('issues.list', { issues: [], unread: 0 }),
      read: answer('issues.read', { ...issue, text: '# An issue' }),
      open: answer('issues.open', { id: 'ISSUE-2026-001', file: 'issues/ISSUE-2026-001.md' }),
      close: answer('issues.close', issue),
      ...replace.issues,
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

const manifest: Manifest = {
  schema: 'sifaka.backup-manifest/1',
  at,
  cluster: 'madagascar',
  nodes: [],
  guests: [],
  archives: [],
  targets: [],
  changes: {
    guestsAdded: [],
    guestsGone: [],
    guestsMoved: [],
    archivesAdded: 0,
    archivesGone: [],
    nodesSilent: [],
  },
};

const backupOverview: BackupOverview = {
  at,
  policy: 'missing',
  rows: [],
  ghosts: [],
  orphans: [],
  nodes: [],
  targets: [],
  forecasts: [],
};

export const prunePlan: PrunePlan = {
  schema: 'sifaka.prune-plan/1',
  archives: [],
  removes: 0,
  freesBytes: 0,
  gaps: [],
};

export const restorePlan: RestorePlan = {
  schema: 'sifaka.restore-plan/1',
  archive: {
    id: 'storage:nas#vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
    place: 'storage:nas',
    name: 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
    type: 'qemu',
    vmid: 100,
    ctime: 1_795_180_800,
    sizeBytes: 1,
    proof: 'It was never verified.',
  },
  node: 'baobab',
  vmid: 100,
  start: false,
  unique: false,
  stages: [],
  warnings: [],
  refusals: [],
};

const syncRun: SyncRun = {
  iteration_uid: jobId,
  sync_pair: 'media',
  direction: 'dell-to-hp',
  src: '/mnt/dell/media',
  dest: '/mnt/hp/media',
  started_at: at,
  ended_at: at,
  status: 'success',
  dry_run: false,
  files_created: 0,
  files_updated: 0,
  files_deleted: 0,
  files_skipped: 0,
  files_failed: 0,
  total_bytes_transferred: 0,
  error_message: null,
  conflicts: 0,
};

const syncPlan: ShownSyncPlan = {
  schema: 'sifaka.sync-plan/1',
  at,
  pair: 'media',
  direction: 'dell-to-hp',
  from: 'dell',
  to: 'hp',
  src: '/mnt/dell/media',
  dest: '/mnt/hp/media',
  deleteMissing: false,
  counts: {
    source: 0,
    destination: 0,
    common: 0,
    equal: 0,
    creates: 0,
    updates: 0,
    deletes: 0,
    bytes: 0,
    alignments: 0,
    conflicts: 0,
  },
  operations: [],
  furtherOperations: 0,
  notices: [],
  furtherNotices: 0,
  staying: [],
  furtherStaying: 0,
  trash: '/mnt/hp/media/.sifaka-trash',
  trashRetainDays: 30,
};

const bridgeOverview = { cluster: 'madagascar', bridge: 'thunderbridge', mtu: 65520, cables: [], nodes: [] };

const deploySummary: DeploySummary = {
  schema: 'sifaka.bridge-deploy/1',
  id: jobId,
  cluster: 'madagascar',
  source: { kind: 'design', name: 'attempt1' },
  sourceDigest: hex64,
  planDigest: hex64,
  mode: 'all',
  startedAt: at,
  state: 'split',
  nodes: [{ node: 'baobab', state: 'new' }],
  sifakaVersion: '0.0.0',
};

const bridgePlan: BridgePlan = {
  schema: 'sifaka.bridge-plan/1',
  cluster: 'madagascar',
  source: { kind: 'design', name: 'attempt1' },
  sourceDigest: hex64,
  mode: 'all',
  windowSeconds: 120,
  nodes: [],
  refusals: [],
  warnings: [],
};

export function problem(code: Problem['code']): Problem {
  return new Problem(code, { what: 'It went wrong.', state: 'Nothing was changed.', next: 'Do it right.' });
}

function notForTheRouter(): never {
  throw new Error('the router does not call this');
}
