import { asProblem, cancelled, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { VerifyRequest } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupCheck } from '../../../../shared/schemas/backup-record.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { type KnownArchive, readKnownArchives } from '../archives/known-archives.ts';
import type { BackupParts } from '../parts.ts';
import { bytesToRead, checkArchive } from './check-archive.ts';
import { chooseArchives } from './choose-archives.ts';
import { keepChecks } from './keep-checks.ts';

type VerifyParts = Pick<BackupParts, 'lab' | 'ssh' | 'records' | 'targets' | 'clock'>;

/**
 * Reads archives again and compares. That it finds failures is its result, and no failure of the job. ARCHIVE_UNKNOWN when
 * one that is named is not known, or none at all. That every one was read lately is no failure: a timer has done its work.
 */
export async function verifyJob(parts: VerifyParts, request: VerifyRequest): Promise<JobRequest> {
  const known = await readKnownArchives(parts);
  const chosen = chooseArchives(known, request, parts.clock.now());
  if (known.archives.size === 0) throw nothingKnown();
  const bytes = chosen.map(bytesToRead);
  const total = bytes.reduce((sum, size) => sum + size, 0);
  return {
    kind: 'backup-verify',
    title: `Verify ${chosen.length === 1 ? onOneLine(chosen[0]?.archive.name ?? '', 100) : `${chosen.length} archives`}`,
    subject: `the verification of archives in ${parts.lab.root}`,
    ifCutOff: 'Nothing was changed: archives are only read. What was verified before is in the records.',
    steps: [{ id: 'read', label: 'Reading the archives where they are', unit: 'bytes', weight: 1 }],
    async run({ signal, report }) {
      const checks: (BackupCheck & { archive: string })[] = [];
      const left: { archive: string; problem: ProblemRecord }[] = [];
      let before = 0;
      for (const [index, one] of chosen.entries()) {
        if (signal.aborted) throw cancelled('What was verified before is in the records.');
        const size = bytes[index] ?? 0;
        const { archive } = one;
        const progress = (done: number) =>
          report.progress({ step: 'read', done: before + Math.min(done, size), total });
        try {
          const seen = await checkArchive(parts, known, one, { signal, progress });
          await keepChecks(parts, known, one, seen);
          for (const check of seen.checks) checks.push({ ...check, archive: archive.id });
          report.note(`${onOneLine(archive.id, 300)}: ${wordsFor(seen.checks)}`);
        } catch (error) {
          const problem = asProblem(error);
          if (problem === undefined || problem.code === 'CANCELLED') throw error;
          left.push({ archive: archive.id, problem: problem.toRecord() });
          report.note(`${onOneLine(archive.id, 300)}: ${problem.data.what}`);
        }
        before += size;
        report.progress({ step: 'read', done: before, total });
      }
      if (chosen.length > 0) await noteInLogbook(parts, report, chosen, checks);
      return { kind: 'backup-verify', checks, left };
    },
  };
}

function wordsFor(checks: readonly BackupCheck[]): string {
  return checks
    .map(({ kind, outcome, detail }) =>
      outcome === 'failed'
        ? `${kind} FAILED: ${detail}`
        : `${kind} ${outcome === 'unavailable' ? 'not known' : outcome}`,
    )
    .join(', ');
}

async function noteInLogbook(
  { lab }: Pick<VerifyParts, 'lab'>,
  report: JobReporter,
  chosen: readonly KnownArchive[],
  checks: readonly (BackupCheck & { archive: string })[],
): Promise<void> {
  const failed = new Set(checks.filter(({ outcome }) => outcome === 'failed').map(({ archive }) => archive));
  const passed = new Set(checks.filter(({ outcome }) => outcome === 'passed').map(({ archive }) => archive));
  const good = [...passed].filter((archive) => !failed.has(archive));
  try {
    await lab.appendToLogbook({
      project: 'backups',
      summary: `Verified ${chosen.length} archives: ${good.length} are good, ${failed.size} are not`,
      details: [...failed].map((archive) => `Not good: ${archive}`),
      affectedResources: chosen.slice(0, 50).map(({ archive }) => archive.id),
    });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
  }
}

function nothingKnown(): Problem {
  return new Problem('ARCHIVE_UNKNOWN', {
    what: 'No archive is known: nothing was discovered and nothing was backed up yet.',
    state: 'Nothing was read or changed.',
    next: 'Ask the nodes first: sifaka backups discover',
  });
}
