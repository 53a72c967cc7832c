import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { isMissing } from '../../../electron/services/durable/system-error.ts';
import { type BackupRecord, backupRecordsFileSchema } from '../../../shared/schemas/backup-record.ts';
import { type S3Server, startS3 } from '../../rig/s3/s3-server.ts';
import { Desk } from '../cli/run-cli.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';
import { dump, makeArchives } from './prune-world.ts';
import { s3Target, sealKeys, still } from './target-world.ts';

/** What the app is doing when it is killed: a command of its, in a process of its own. */
export const appDeeds = ['run', 'prune', 'verify', 'restore-test'] as const;
export type AppDeed = (typeof appDeeds)[number];

export interface AppMoment {
  readonly deed: AppDeed;
  /** Of the time that it takes when nobody disturbs it. */
  readonly share: number;
}

const guests = ['baobab/100', 'baobab/101'];
const scratch = new Set([9900, 9901]);
const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
restoreTests: { vmids: { first: 9900, last: 9901 } }
safety: { maximumShare: 1 }
rules:
  - name: all
    guests: [all]
    storage: nas
    targets: [attic, offsite]
    keep: { last: 3 }
    restoreTest: { everyDays: 7, waitSeconds: 30 }
`;

/** A lab whose app is killed, again and again, and what must hold of it afterwards. */
export class AppUnderKill {
  readonly #world: BackupWorld;
  readonly #server: S3Server;
  readonly #desk = new Desk();
  /** How long each takes here, in milliseconds. */
  readonly #takes = new Map<AppDeed, number>();

  private constructor(world: BackupWorld, server: S3Server) {
    this.#world = world;
    this.#server = server;
  }

  static async start(): Promise<AppUnderKill> {
    const server = await startS3();
    await server.makeBucket('backups');
    const world = await backupWorld({
      nodes: ['baobab', 'ebony'],
      folders: ['/mnt/attic'],
      policy,
      backups: {
        targets: {
          attic: { kind: 'node-folder', path: '/mnt/attic' },
          offsite: s3Target(server.endpoint),
        },
      },
    });
    await sealKeys(world.secrets, server);
    for (const target of ['attic', 'offsite']) await world.backups.initTarget(target, still);
    const node = world.rig.node('baobab');
    node.addGuest(100, { name: 'web', bytes: 2 * 1024 * 1024 });
    node.addGuest(101, { name: 'db', bytes: 12 * 1024 * 1024 });
    node.addGuest(102, { name: 'old', bytes: 1024 * 1024 });
    return new AppUnderKill(world, server);
  }

  async stop(): Promise<void> {
    this.#desk.remove();
    await this.#world.stop();
    await this.#server.stop();
  }

  /** Kills the app at that moment and has the next one go on; answers what is wrong then, nothing when all holds. */
  async wrongAfter({ deed, share }: AppMoment): Promise<string[]> {
    const wrong: string[] = [];
    if (!this.#takes.has(deed)) await this.#measure(deed);
    await this.#prepare(deed);
    const before = await this.#look();
    const running = this.#desk.start(this.#words(deed), this.#options());
    running.child.stdin.end();
    await Promise.race([setTimeout(share * (this.#takes.get(deed) ?? 0)), running.ended]);
    running.child.kill('SIGKILL');
    const killed = await running.ended;
    const between = await this.#look();
    wrong.push(...(await this.#wrongNow(before, between)).map((words) => `killed: ${words}`));
    const again = await this.#again(deed);
    if (again !== undefined) wrong.push(again);
    const after = await this.#look();
    wrong.push(...(await this.#wrongNow(before, after)));
    wrong.push(...(await this.#wrongAtTheEnd()));
    if (deed === 'run') wrong.push(...wrongCount(before, between, after, killed.code === 0));
    return wrong;
  }

  async #measure(deed: AppDeed): Promise<void> {
    await this.#prepare(deed);
    const start = performance.now();
    const { code, stderr } = await this.#desk.run(this.#words(deed), this.#options());
    if (code !== 0) throw new Error(`${deed} ended with ${code} without any kill: ${stderr}`);
    this.#takes.set(deed, performance.now() - start);
  }

  /** That there is something to do for it. */
  async #prepare(deed: AppDeed): Promise<void> {
    if (deed === 'prune') await makeArchives(this.#world, 7, { vmid: 102 });
    const records = await this.#world.records();
    if (deed === 'verify' || deed === 'restore-test')
      if (!records.some(({ guest, outcome }) => guest.vmid === 100 && outcome === 'made'))
        await this.#desk.run(this.#words('run'), this.#options());
  }

  #words(deed: AppDeed): string[] {
    const words = {
      run: ['run', ...guests],
      prune: ['prune', '--yes'],
      verify: ['verify', '--older-than', '0', '--guest', ...guests],
      'restore-test': ['restore-test', 'baobab/100'],
    };
    return ['backups', ...words[deed], '--json'];
  }

  #options() {
    const { rig } = this.#world;
    const identity = join(rig.folder, 'app/config/identity.txt');
    mkdirSync(this.#desk.home, { recursive: true });
    return { lab: rig.lab, env: { ...rig.environment, SIFAKA_IDENTITY: identity } };
  }

  async #again(deed: AppDeed): Promise<string | undefined> {
    const running = this.#desk.start(this.#words(deed), this.#options());
    running.child.stdin.end();
    const late = new AbortController();
    const ended = await Promise.race([
      running.ended,
      setTimeout(120_000, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (ended === undefined) {
      running.child.kill('SIGKILL');
      return `the next ${deed} did not end`;
    }
    return ended.code === 0
      ? undefined
      : `the next ${deed} ended with ${ended.code}: ${ended.stdout.slice(-2000)}`;
  }

  async #look(): Promise<Look> {
    const node = this.#world.rig.node('baobab');
    const names = node.list(dump).filter((name) => /^vzdump-.*\.(?:vma|tar)\.zst$/.test(name));
    const text = readFileSync(join(this.#world.rig.lab, 'backups/backups.json'), 'utf8');
    return {
      archives: new Map(
        names.flatMap((name) => {
          const bytes = unlessGone(() => node.readBytes(`${dump}/${name}`));
          return bytes === undefined ? [] : [[name, sha256(bytes)]];
        }),
      ),
      records: backupRecordsFileSchema.parse(JSON.parse(text)).backups,
    };
  }

  async #wrongNow(before: Look, now: Look): Promise<string[]> {
    const wrong: string[] = [];
    const pruned = new Set(
      now.records.flatMap(({ archive, prunedAt, pruneStartedAt }) =>
        (prunedAt ?? pruneStartedAt) === undefined ? [] : [archive],
      ),
    );
    for (const [name, digest] of before.archives)
      if (now.archives.get(name) !== digest && !(pruned.has(name) && !now.archives.has(name)))
        wrong.push(`${name} is lost`);
    for (const record of before.records)
      if (!now.records.some(({ id }) => id === record.id))
        wrong.push(`the record of ${record.archive} is lost`);
    for (const record of now.records) {
      if (record.outcome !== 'made' || pruned.has(record.archive)) continue;
      const [file] = record.files;
      if (file === undefined || now.archives.get(record.archive ?? '') !== file.sha256)
        wrong.push(`${record.archive} is called made, and is not that`);
    }
    return [...wrong, ...(await this.#wrongCopies(now))];
  }

  /** Of what a record calls verified, and of what a target lists as whole. */
  async #wrongCopies({ records }: Look): Promise<string[]> {
    const wrong: string[] = [];
    const targets = createBackupTargets({ ...this.#world, clock: systemClock });
    for (const target of ['attic', 'offsite'] as const) {
      const listed = await (await targets.open(target)).list(still);
      const whole = new Set(listed.filter(({ partial }) => !partial).map(({ name }) => name));
      for (const record of records) {
        const copy = record.copies.find((one) => one.target === target);
        const isPruned = (copy?.prunedAt ?? copy?.pruneStartedAt) !== undefined;
        const isCalled = copy?.state === 'verified' && !isPruned;
        if (!isCalled && !whole.has(record.archive ?? '')) continue;
        const bytes = await this.#copied(target, record);
        if (bytes === undefined && isPruned) continue;
        if (bytes === undefined || sha256(bytes) !== record.files[0]?.sha256)
          wrong.push(`${record.archive} is called whole at ${target}, and is not`);
      }
      for (const name of whole)
        if (!records.some(({ archive }) => archive === name)) wrong.push(`nobody knows ${name} at ${target}`);
    }
    return wrong;
  }

  async #copied(
    target: 'attic' | 'offsite',
    { guest, archive }: BackupRecord,
  ): Promise<Uint8Array | undefined> {
    const path = `${guest.pveCluster}/${guest.type}-${guest.vmid}/${archive}/${archive}`;
    if (target === 'attic') {
      const node = this.#world.rig.node('baobab');
      return unlessGone(() => node.readBytes(`/mnt/attic/${path}`));
    }
    const get = new GetObjectCommand({ Bucket: 'backups', Key: `lab/${path}` });
    const found = await this.#server
      .client()
      .send(get)
      .catch(() => undefined);
    return found?.Body?.transformToByteArray();
  }

  /** Nothing is left of anybody: no half files, no runs, no scratch guests, no locks. */
  async #wrongAtTheEnd(): Promise<string[]> {
    const wrong: string[] = [];
    for (const node of this.#world.rig.nodes) {
      const left = [
        ...node.list(dump).filter((name) => name.startsWith('.') || /\.(?:dat|tmp|partial)$/.test(name)),
        ...node.list('/var/lib/sifaka/backups/runs'),
        ...node.list('/var/lib/sifaka/backups/restores'),
        ...node.guests().filter((vmid) => scratch.has(vmid)),
        ...node.guests().filter((vmid) => node.guestConfig(vmid)?.includes('lock:')),
      ];
      wrong.push(...left.map((name) => `${name} is left on ${node.name}`));
    }
    const halves = await this.#world.rig.node('baobab').ok('find', '/mnt/attic', '-name', '*.sifaka-part');
    wrong.push(
      ...halves
        .split('\n')
        .filter(Boolean)
        .map((path) => `${path} is left`),
    );
    const list = new ListMultipartUploadsCommand({ Bucket: 'backups' });
    const { Uploads = [] } = await this.#server.client().send(list);
    wrong.push(...Uploads.map(({ Key }) => `an upload of ${Key} is left`));
    return wrong;
  }
}

interface Look {
  /** On the storage, by name: their digests. */
  readonly archives: ReadonlyMap<string, string>;
  readonly records: readonly BackupRecord[];
}

/** What was whole when the app was killed is not dumped again; what had all its copies is, since the day goes on. */
function wrongCount(before: Look, between: Look, after: Look, wasOver: boolean): string[] {
  return guests.flatMap((address) => {
    const vmid = address.split('/')[1] ?? '';
    const isNew = (name: string) => name.includes(`-${vmid}-`) && !before.archives.has(name);
    const known = new Set(before.records.map(({ id }) => id));
    const isComplete = between.records.some(
      ({ id, guest, copies, outcome }) =>
        outcome === 'made' &&
        !known.has(id) &&
        String(guest.vmid) === vmid &&
        copies.length === 2 &&
        copies.every(({ state }) => state === 'verified'),
    );
    const made = [...after.archives.keys()].filter(isNew).length;
    const wanted = isComplete || wasOver ? 2 : 1;
    return made === wanted ? [] : [`${address} was dumped ${made} times, and not ${wanted}`];
  });
}

/** What a node does for an app that was killed goes on: a prune removes what was listed a moment ago. */
function unlessGone(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
