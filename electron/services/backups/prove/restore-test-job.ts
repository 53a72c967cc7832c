import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';
import type { RestoreTestRequest } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupCheck } from '../../../../shared/schemas/backup-record.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { findOnNode } from '../archives/archive-on-node.ts';
import { type KnownArchives, readKnownArchives, storageOf } from '../archives/known-archives.ts';
import { readBackupProgram } from '../node/node-program.ts';
import type { BackupParts } from '../parts.ts';
import { configInArchive } from '../restore/archive-config.ts';
import { type ReadyArchive, makeReady } from '../restore/archive-ready.ts';
import { refuseStorages, storageForDisks } from '../restore/disk-storage.ts';
import { removeTestGuest, settleLeftovers } from '../restore/leftovers.ts';
import { valueOf } from '../restore/guest-config.ts';
import { type NodeRestore, readRestoreProgram } from '../restore/restore-program.ts';
import { type RestoreNode, restoreOnNode } from '../restore/restore-on-node.ts';
import { askGuests, type NodeFacts } from '../run/ask-guests.ts';
import { chooseTest, type TestSubject, waitSecondsFor } from './choose-test.ts';
import { keepChecks } from './keep-checks.ts';
import { refuseMemory } from './node-memory.ts';
import { type Answered, failed, isolate, type ScratchGuest, startAndAsk } from './scratch-guest.ts';
import { scratchIds } from './scratch-id.ts';

/** Ids that are tried when somebody else takes one in the same moment. */
const mostIds = 5;
/** For what is done although the job was stopped. */
const cleanUpMilliseconds = 15 * 60 * 1000;

/**
 * Makes a guest of an archive, cut off from everything, lets it answer and removes it again. What was seen is dated evidence in
 * the record; a test that failed ends as RESTORE_TEST_FAILED.
 */
export async function restoreTestJob(parts: BackupParts, request: RestoreTestRequest): Promise<JobRequest> {
  const known = await readKnownArchives(parts);
  const subject = chooseTest(known, request);
  const policy = (await parts.lab.backupPolicy())?.value;
  scratchIds(policy, new Set());
  const { guest, one } = subject;
  const words = `${guest.name === undefined ? '' : `${guest.name} `}(${guest.node}/${guest.vmid})`.trim();
  return {
    kind: 'backup-restore-test',
    title: onOneLine(`Test the restore of ${words}`, 200),
    // One at a time: they share their ids, and a node's disks.
    subject: `restore tests of ${parts.lab.root}`,
    ifCutOff:
      'A guest of the test may be left: without a network, and it does not start by itself. The next test removes it.',
    steps: [
      { id: 'prepare', label: 'Asking the nodes', unit: 'steps', weight: 1 },
      { id: 'read', label: 'Comparing the archive', unit: 'bytes', weight: 4 },
      { id: 'restore', label: 'Making a guest of it', unit: 'steps', weight: 8 },
      { id: 'answer', label: 'Waiting for its answer', unit: 'steps', weight: 3 },
      { id: 'remove', label: 'Removing it', unit: 'steps', weight: 1 },
    ],
    async run({ jobId, signal, report }) {
      const test = new RestoreTest(parts, known, policy, subject, { jobId, signal, report });
      const check = await test.toItsEnd();
      return {
        kind: 'backup-restore-test',
        guest: `${guest.node}/${guest.vmid}`,
        archive: one.archive.id,
        check,
      };
    },
  };
}

class RestoreTest {
  private readonly parts: BackupParts;
  private readonly known: KnownArchives;
  private readonly policy: BackupPolicy | undefined;
  private readonly subject: TestSubject;
  private readonly run: {
    readonly jobId: string;
    readonly signal: AbortSignal;
    readonly report: JobReporter;
  };
  private readonly started = performance.now();
  /** Why the guest of the test is still there. */
  private left: Problem | undefined;

  constructor(
    parts: BackupParts,
    known: KnownArchives,
    policy: BackupPolicy | undefined,
    subject: TestSubject,
    run: RestoreTest['run'],
  ) {
    this.parts = parts;
    this.known = known;
    this.policy = policy;
    this.subject = subject;
    this.run = run;
  }

  async toItsEnd(): Promise<BackupCheck> {
    const { signal, report } = this.run;
    report.progress({ step: 'prepare', done: 0, total: 1 });
    const { node, facts, ids } = await this.prepare();
    report.progress({ step: 'prepare', done: 1, total: 1 });
    let answered: Answered;
    try {
      const ready = await this.ready(node);
      try {
        answered = await this.testOn(node, facts, ids, ready);
      } finally {
        await ready.remove(AbortSignal.timeout(cleanUpMilliseconds));
      }
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || !isEvidence(problem)) throw error;
      if (signal.aborted) throw cancelled('No guest of the test is left, unless that is said above.');
      await this.keep({ outcome: 'failed', detail: problem.data.what });
      throw this.asFailure(problem);
    }
    const check = await this.keep({ outcome: 'passed', ...answered });
    if (this.left !== undefined) throw this.left;
    return check;
  }

  /** The node that it is done on, and ids that are free. Nodes that are silent are those that nobody can ask. */
  private async prepare(): Promise<{ node: RestoreNode; facts: NodeFacts; ids: readonly number[] }> {
    const { parts, known, policy, subject } = this;
    const { signal } = this.run;
    const { ssh } = parts;
    const ways = await ssh.ways();
    const program = await readRestoreProgram(parts.resources);
    const backupProgram = await readBackupProgram(parts.resources);
    const asked = await Promise.all(
      ways.members.map(({ name }) =>
        askGuests(parts, ways, { node: name, vmids: [subject.guest.vmid], program: backupProgram }, signal),
      ),
    );
    const { archive } = subject.one;
    const found =
      storageOf(archive.place) === undefined
        ? undefined
        : await findOnNode(parts, known, subject.one, { signal, first: subject.guest.node });
    const answers = asked.filter((answer) => 'facts' in answer);
    const usable = answers.filter(
      ({ facts }) => facts.pveCluster === subject.guest.pveCluster || archive.place.startsWith('target:'),
    );
    const chosen = found?.node ?? subject.guest.node;
    const on = usable.find(({ node }) => node === chosen) ?? usable[0];
    if (on === undefined || (found !== undefined && on.node !== found.node)) throw nobody(chosen);
    const node = { ssh, node: on.node, destination: ways.destinations.toNode(on.node), program };
    const freed: number[] = [];
    for (const { node: name } of answers)
      freed.push(
        ...(await this.settle({ ssh, node: name, destination: ways.destinations.toNode(name), program })),
      );
    const taken = new Set(answers.flatMap(({ facts }) => facts.guests.map(({ vmid }) => vmid)));
    for (const vmid of freed) taken.delete(vmid);
    return { node, facts: on.facts, ids: scratchIds(policy, taken) };
  }

  /** A node that does not say what is left there is no reason not to test on another one. */
  private async settle(node: RestoreNode): Promise<number[]> {
    const { signal, report } = this.run;
    try {
      return await settleLeftovers(this.parts, node, (text) => report.note(text), signal);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || problem.code === 'CANCELLED') throw error;
      report.note(`${node.node} does not say whether earlier tests left anything: ${problem.data.what}`);
      return [];
    }
  }

  private async ready(node: RestoreNode): Promise<ReadyArchive> {
    const { jobId, signal, report } = this.run;
    const { one } = this.subject;
    const total = one.archive.sizeBytes || (one.record?.sizeBytes ?? 0);
    const progress = (done: number) => report.progress({ step: 'read', done: Math.min(done, total), total });
    progress(0);
    const ready = await makeReady(this.parts, this.known, one, node, {
      id: jobId,
      bringTo: one.record?.storage ?? 'local',
      signal,
      progress,
    });
    progress(total);
    return ready;
  }

  private async testOn(
    node: RestoreNode,
    facts: NodeFacts,
    ids: readonly number[],
    { file }: ReadyArchive,
  ): Promise<Answered> {
    const { jobId, signal, report } = this.run;
    const { type } = this.subject.one.archive;
    if (type === undefined) throw new Error('an archive that was chosen is of a guest');
    const wanted = this.policy?.restoreTests?.storage;
    const archived = await configInArchive(node, file, signal);
    const storage = storageForDisks(type, wanted, archived);
    refuseStorages({ type, sizeBytes: file.sizeBytes }, facts, { named: storage, archived });
    const isTemplate = archived !== undefined && valueOf(archived.config, 'template') === '1';
    if (archived !== undefined && !isTemplate) await refuseMemory(node, archived.config, signal);
    for (const vmid of ids.slice(0, mostIds)) {
      if (signal.aborted) throw cancelled('Nothing was made.');
      report.progress({ step: 'restore', done: 0, total: 100 });
      const end = await restoreOnNode(
        node,
        jobId,
        {
          type,
          vmid,
          archive: { path: file.path, sizeBytes: file.sizeBytes, changed: file.changed },
          storage,
          unique: true,
          test: true,
        },
        {
          signal,
          progress: (percent) => report.progress({ step: 'restore', done: percent, total: 100 }),
          silent: ({ data }) => report.note(data.what),
        },
      );
      const still = AbortSignal.timeout(cleanUpMilliseconds);
      if (end.run.result?.reason === 'taken') {
        await removeTestGuest(node, end.run, still);
        continue;
      }
      try {
        if (end.run.state === 'cancelled') throw cancelled('No guest of the test is left.');
        if (end.run.state !== 'done' || end.run.stage !== 'marked')
          throw failed(
            `no guest could be made of it (${end.run.result?.reason ?? 'it was cut off'}): ${end.lines.slice(-4).join(' ')}`,
          );
        report.progress({ step: 'restore', done: 100, total: 100 });
        return await this.answer({ node, id: jobId, type, vmid });
      } finally {
        report.progress({ step: 'remove', done: 0, total: 1 });
        await this.remove(node, end.run, still);
        report.progress({ step: 'remove', done: 1, total: 1 });
      }
    }
    throw new Problem('SCRATCH_ID_MISSING', {
      what: 'Ids for restore tests were taken by others as soon as they were free.',
      state: 'Nothing is left of the test.',
      next: 'Try it again, or give more ids: restoreTests in backups/policy.yaml',
    });
  }

  /** A guest that cannot be removed says nothing about the archive: that is said in the end. */
  private async remove(node: RestoreNode, run: NodeRestore, signal: AbortSignal): Promise<void> {
    try {
      await removeTestGuest(node, run, signal);
    } catch (error) {
      this.left = asProblem(error);
      if (this.left === undefined) throw error;
      this.run.report.note(this.left.data.what);
    }
  }

  private async answer(guest: ScratchGuest): Promise<Answered> {
    const { signal, report } = this.run;
    report.progress({ step: 'answer', done: 0, total: 2 });
    const config = await isolate(guest, signal);
    if (valueOf(config, 'template') === '1') {
      report.progress({ step: 'answer', done: 2, total: 2 });
      return {
        evidence: 'restored',
        detail: 'It is a template, which does not start: Proxmox made it of the archive without a complaint.',
      };
    }
    await refuseMemory(guest.node, config, signal);
    report.note(
      `The guest ${guest.vmid} on ${guest.node.node} has no network and no device of the host: it is started.`,
    );
    report.progress({ step: 'answer', done: 1, total: 2 });
    const { policy, known, subject } = this;
    const waitSeconds = policy === undefined ? 300 : waitSecondsFor(policy, known, subject);
    const answered = await startAndAsk(guest, config, { waitSeconds, signal });
    report.progress({ step: 'answer', done: 2, total: 2 });
    return answered;
  }

  private async keep(seen: Pick<BackupCheck, 'outcome' | 'detail' | 'evidence'>): Promise<BackupCheck> {
    const { parts, known, subject } = this;
    const { archive } = subject.one;
    const check: BackupCheck = {
      ...seen,
      detail: onOneLine(seen.detail, 1000),
      at: parts.clock.now().toISOString(),
      kind: 'restore-test',
      place: archive.place,
      seconds: Math.round((performance.now() - this.started) / 100) / 10,
    };
    const kept = await keepChecks(parts, known, subject.one, { checks: [check], files: [] });
    if (kept === undefined)
      this.run.report.note('The archive has no record: verify it once, so that what was seen can be kept.');
    if (check.outcome === 'passed') await this.noteInLogbook(check);
    return check;
  }

  private async noteInLogbook({ detail }: BackupCheck): Promise<void> {
    const { guest, one } = this.subject;
    try {
      await this.parts.lab.appendToLogbook({
        project: 'backups',
        summary: `Restore test of ${guest.node}/${guest.vmid} passed`,
        reason: detail,
        details: [`Archive ${one.archive.id}`, `Job ${this.run.jobId}`],
        affectedResources: [`${guest.node}/${guest.vmid}`],
      });
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.run.report.note(`The logbook was not written: ${problem.data.what}`);
    }
  }

  private asFailure({ data }: Problem): Problem {
    const { guest, one } = this.subject;
    return new Problem('RESTORE_TEST_FAILED', {
      what: `The restore test of ${guest.node}/${guest.vmid} failed: ${data.what}`,
      state: this.left?.data.what ?? 'Nothing is left of the test; the archive is as it was.',
      next:
        data.next === ''
          ? `Do not rely on ${one.archive.name}: test an older one, and make a new backup of the guest.`
          : data.next,
    });
  }
}

/** What says something about the archive; anything else says something about the nodes. */
function isEvidence({ code }: Problem): boolean {
  return code === 'RESTORE_TEST_FAILED' || code === 'CHECKSUM_MISMATCH';
}

function nobody(node: string): Problem {
  return new Problem('NODE_SILENT', {
    what: `No node answers that could make a guest of it; ${node} is the one that it was made on.`,
    state: 'Nothing was changed.',
    next: `See whether ${node} can be reached: sifaka nodes check ${node}`,
  });
}
