import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { RestorePlan } from '../../../../shared/schemas/backup-plans.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { BackupParts } from '../parts.ts';
import { startAndAsk } from '../prove/scratch-guest.ts';
import { makeReady, type ReadyArchive } from './archive-ready.ts';
import { type ArchivedGuest, configInArchive } from './archive-config.ts';
import { movedMounts, refuseStorages, storageForDisks } from './disk-storage.ts';
import { guestCommand, lookAtGuest } from './guest-commands.ts';
import { disksOf, type GuestConfigText, nameIn, valueOf } from './guest-config.ts';
import { settleLeftovers } from './leftovers.ts';
import type { RestoreFacts } from './restore-facts.ts';
import { forgetOnNode, type RestoreEnd, type RestoreNode, restoreOnNode } from './restore-on-node.ts';

export interface ConfirmedRestore {
  readonly plan: RestorePlan;
  readonly digest: string;
  readonly facts: RestoreFacts;
  readonly node: RestoreNode;
}

/** Until a restored guest has to answer that was started. */
const answerSeconds = 300;

/**
 * Brings a guest back exactly as a plan says. CHECKSUM_MISMATCH and whatever else is found before it leave everything as it was;
 * RESTORE_FAILED says what the guest is like then.
 */
export function restoreJob(parts: BackupParts, confirmed: ConfirmedRestore): JobRequest {
  const { plan, digest, facts } = confirmed;
  const pveCluster = 'facts' in facts.asked ? facts.asked.facts.pveCluster : plan.node;
  return {
    kind: 'backup-restore',
    title: onOneLine(`Restore ${plan.archive.name} to ${plan.node}/${plan.vmid}`, 200),
    subject: `the guest ${plan.vmid} of ${pveCluster}`,
    planDigest: digest,
    ifCutOff: `Nothing was changed on ${plan.node}/${plan.vmid}.`,
    steps: [
      { id: 'read', label: 'Comparing the archive', unit: 'bytes', weight: 4 },
      { id: 'restore', label: 'Making the guest of it', unit: 'steps', weight: 8 },
      { id: 'prove', label: 'Reading it back', unit: 'steps', weight: 1 },
    ],
    async run({ jobId, signal, report }) {
      const evidence = await new Restore(parts, confirmed, { jobId, signal, report }).toItsEnd();
      return {
        kind: 'backup-restore',
        guest: `${plan.node}/${plan.vmid}`,
        archive: plan.archive.id,
        evidence,
      };
    },
  };
}

class Restore {
  private readonly parts: BackupParts;
  private readonly confirmed: ConfirmedRestore;
  private readonly run: {
    readonly jobId: string;
    readonly signal: AbortSignal;
    readonly report: JobReporter;
  };

  constructor(parts: BackupParts, confirmed: ConfirmedRestore, run: Restore['run']) {
    this.parts = parts;
    this.confirmed = confirmed;
    this.run = run;
  }

  async toItsEnd(): Promise<string[]> {
    const { parts, confirmed } = this;
    const { jobId, signal, report } = this.run;
    const { plan, facts, node } = confirmed;
    await settleLeftovers(parts, node, (text) => report.note(text), signal);
    const total = plan.archive.sizeBytes;
    const progress = (done: number) => report.progress({ step: 'read', done: Math.min(done, total), total });
    progress(0);
    const ready = await makeReady(parts, facts.known, facts.one, node, {
      id: jobId,
      bringTo: plan.bringTo ?? '',
      signal,
      progress,
    });
    try {
      progress(total);
      report.note(ready.proof);
      const archived = await configInArchive(node, ready.file, signal);
      const storage = storageForDisks(plan.archive.type, plan.storage, archived);
      if (!('facts' in facts.asked)) throw new Error('a node that was planned for has answered');
      const over = plan.overwrites === undefined ? undefined : facts.guest?.config;
      refuseStorages(plan.archive, facts.asked.facts, { named: storage, archived, over });
      for (const words of movedMounts(storage, archived)) report.note(words);
      if (signal.aborted) throw cancelled(`Nothing was changed on ${plan.node}/${plan.vmid}.`);
      const end = await this.restore(ready, storage);
      if (end.run.state !== 'done') throw await this.failure(end);
      report.progress({ step: 'prove', done: 0, total: 1 });
      const evidence = [ready.proof, ...(await this.readBack(archived))];
      report.progress({ step: 'prove', done: 1, total: 1 });
      await this.noteInLogbook('restored', evidence);
      return evidence;
    } finally {
      await ready.remove(new AbortController().signal);
      await this.forget();
    }
  }

  private async restore({ file }: ReadyArchive, storage: string | undefined): Promise<RestoreEnd> {
    const { plan, node } = this.confirmed;
    const { jobId, signal, report } = this.run;
    const where = `${plan.node}/${plan.vmid}`;
    await report.ifCutOff(
      `The restore of ${where} goes on by itself on ${plan.node}${plan.overwrites === undefined ? '' : '; what was on it is erased'}. Look at the guest there before anything else is done to it.`,
    );
    report.progress({ step: 'restore', done: 0, total: 100 });
    const end = await restoreOnNode(
      node,
      jobId,
      {
        type: plan.archive.type,
        vmid: plan.vmid,
        archive: { path: file.path, sizeBytes: file.sizeBytes, changed: file.changed },
        storage,
        unique: plan.unique,
        over: plan.overwrites?.config,
        test: false,
      },
      {
        signal,
        progress: (percent) => report.progress({ step: 'restore', done: percent, total: 100 }),
        silent: ({ data }) => report.note(data.what),
      },
    );
    report.progress({ step: 'restore', done: 100, total: 100 });
    return end;
  }

  /** What is there now, as the node says it: never what should be. */
  private async readBack(archived: ArchivedGuest | undefined): Promise<string[]> {
    const { plan, node } = this.confirmed;
    const { signal } = this.run;
    const where = `${plan.node}/${plan.vmid}`;
    const { host, guest } = await lookAtGuest(node, plan.vmid, signal);
    if (guest === undefined || guest.host !== host || guest.type !== plan.archive.type)
      throw this.unproven('the node does not have the guest that was made');
    const disks = disksOf(guest.config);
    const missing = (archived?.disks ?? []).filter(({ key }) => !disks.some((disk) => disk.key === key));
    if (missing.length > 0)
      throw this.unproven(`it lacks disks of the archive: ${missing.map(({ key }) => key).join(', ')}`);
    const lost = await this.missingVolumes(guest.config);
    if (lost.length > 0) throw this.unproven(`its storage does not have ${lost.join(', ')}`);
    const name = nameIn(guest.config);
    const lines = [
      `${where} is there${name === undefined ? '' : ` and is called ${name}`}, with ${disks.length} disk${disks.length === 1 ? '' : 's'}: ${disks
        .map(({ key, size }) => `${key}${size === undefined ? '' : ` ${size}`}`)
        .join(', ')}.`,
      ...(archived === undefined ? ['What the archive should have made could not be read of it.'] : []),
    ];
    return plan.start ? [...lines, await this.start(guest.config)] : [...lines, 'It was not started.'];
  }

  /** Disks of it that its storages do not list. */
  private async missingVolumes(config: GuestConfigText): Promise<string[]> {
    const { plan, node } = this.confirmed;
    const volumes = disksOf(config)
      .map(({ volume }) => volume)
      .filter((volume) => new RegExp(`(?:vm|subvol|base)-${plan.vmid}-`).test(volume));
    const storages = [...new Set(volumes.map((volume) => volume.slice(0, volume.indexOf(':'))))];
    const listed = new Set<string>();
    for (const storage of storages) {
      const end = await guestCommand(node, ['pvesm', 'list', storage, '--vmid', String(plan.vmid)], {
        signal: this.run.signal,
      });
      for (const line of end.stdout.split('\n')) listed.add(line.split(/\s+/)[0] ?? '');
    }
    return volumes.filter((volume) => !listed.has(volume)).map((volume) => onOneLine(volume, 100));
  }

  private async start(config: GuestConfigText): Promise<string> {
    const { plan, node } = this.confirmed;
    const { signal } = this.run;
    try {
      const guest = { node, id: this.run.jobId, type: plan.archive.type, vmid: plan.vmid };
      const { detail } = await startAndAsk(guest, config, { waitSeconds: answerSeconds, signal });
      return `It was started. ${detail}`;
    } catch (error) {
      const problem = asProblem(error);
      if (problem?.code !== 'RESTORE_TEST_FAILED') throw error;
      throw this.unproven(problem.data.what);
    }
  }

  /** It was restored, and is not what it should be. */
  private unproven(why: string): Problem {
    const { plan } = this.confirmed;
    const where = `${plan.node}/${plan.vmid}`;
    return new Problem('RESTORE_FAILED', {
      what: `${where} was restored, and is not proven: ${why}.`,
      state: `${where} is what the restore made of the archive${plan.overwrites === undefined ? '' : '; what was on it before is erased'}.`,
      next: `Look at it on ${plan.node}, or restore another archive.`,
    });
  }

  private async failure({ run, lines }: RestoreEnd): Promise<Problem> {
    const { plan } = this.confirmed;
    const reason = run.result?.reason ?? 'it was cut off';
    const said = lines.filter((line) => line !== '').slice(-3);
    const state = await this.stateAfter(run.stage);
    const what =
      whys[reason] ??
      `Proxmox did not restore it (${reason})${said.length === 0 ? '' : `: ${said.join(' ')}`}`;
    const problem = new Problem(
      run.state === 'cancelled'
        ? 'CANCELLED'
        : reason.endsWith('changed')
          ? 'PLAN_CHANGED'
          : 'RESTORE_FAILED',
      {
        what: onOneLine(run.state === 'cancelled' ? 'The restore was stopped.' : `${what}.`, 1000),
        state,
        next:
          run.stage === 'restoring' && plan.overwrites !== undefined
            ? `Restore ${plan.node}/${plan.vmid} again, from this archive or another one.`
            : 'See why, then plan it again.',
      },
    );
    await this.noteInLogbook('failed', [problem.data.what, state, ...said]);
    return problem;
  }

  /** In words, what the guest is like now, by the node's own word. */
  private async stateAfter(stage: RestoreEnd['run']['stage']): Promise<string> {
    const { plan, node } = this.confirmed;
    const where = `${plan.node}/${plan.vmid}`;
    if (stage === undefined) return `Nothing was changed on ${where}.`;
    if (stage === 'stopping') return `${where} was told to stop; nothing of it was erased.`;
    const before = plan.overwrites === undefined ? '' : ` What was on it before is erased.`;
    try {
      const { guest } = await lookAtGuest(node, plan.vmid, new AbortController().signal);
      if (guest === undefined) return `There is no guest ${where} now.${before}`;
      const disks = disksOf(guest.config).length;
      const lock = valueOf(guest.config, 'lock');
      return `${where} is there with ${disks === 0 ? 'no disk' : `${disks} disks, which are not whole`}${lock === undefined ? '' : ` and is locked (${onOneLine(lock, 40)})`}.${before}`;
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      return `What ${where} is like now is not known: ${plan.node} does not say.${before}`;
    }
  }

  private async forget(): Promise<void> {
    const { node } = this.confirmed;
    try {
      await forgetOnNode(node, this.run.jobId);
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      // The next restore on this node does it.
    }
  }

  private async noteInLogbook(end: 'restored' | 'failed', details: readonly string[]): Promise<void> {
    const { plan } = this.confirmed;
    const where = `${plan.node}/${plan.vmid}`;
    const name = plan.overwrites?.name;
    try {
      await this.parts.lab.appendToLogbook({
        project: 'backups',
        summary: `${end === 'restored' ? 'Restored' : 'Failed to restore'} ${where} from ${plan.archive.name}`,
        reason:
          plan.overwrites === undefined ? '' : `Over what was there${name === undefined ? '' : `: ${name}`}.`,
        details: [`Archive ${plan.archive.id}`, `Plan ${this.confirmed.digest}`, ...details],
        affectedResources: [where],
      });
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.run.report.note(`The logbook was not written: ${problem.data.what}`);
    }
  }
}

const whys: Readonly<Record<string, string>> = {
  taken: 'Somebody else took the id meanwhile',
  'archive-changed': 'The archive is another one than was compared a moment ago',
  'guest-changed': 'The guest is another one than was reviewed: its configuration changed',
  'not-stopped': 'The guest does not stop',
  'no-guest': 'Proxmox says that it restored it, and there is no guest',
};
