import type { ImageState } from '../../../shared/contract/images.ts';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import type { SecretState } from '../../../shared/contract/secrets.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import { jobAddress } from '../../jobs/job-address.ts';
import { formatQuantity } from '../../text/format.ts';

/** One thing that is wrong, in a line, and where it is mended. */
export interface Finding {
  readonly key: string;
  readonly severity: 'danger' | 'warning';
  readonly what: string;
  readonly next: string;
  readonly href: string;
  /** What the link does. */
  readonly way: 'Mend' | 'Unlock' | 'See';
}

const lab = addressOf({ page: 'lab' });

/** What is wrong with the lab's files. */
export function fileFindings(findings: readonly LabFinding[]): Finding[] {
  return findings.flatMap(({ file, kind, problem }) =>
    problem
      ? [
          {
            key: `file:${file}:${kind}`,
            severity: 'danger' as const,
            what: problem.what,
            next: problem.next,
            href: lab,
            way: 'Mend' as const,
          },
        ]
      : [],
  );
}

/** What is wrong with secrets that are there, and with the identity that opens them. */
export function secretFindings(check: {
  identity: 'none' | 'locked' | 'ready';
  secrets: readonly SecretState[];
}): Finding[] {
  const found: Finding[] = [];
  if (check.identity === 'locked') {
    found.push({
      key: 'identity',
      severity: 'warning',
      what: 'Your identity is locked, so secrets cannot be opened.',
      next: 'Unlock it with its passphrase.',
      href: lab,
      way: 'Unlock',
    });
  }
  const needed = check.secrets.filter((secret) => secret.neededBy.length > 0);
  if (check.identity === 'none' && needed.length > 0) {
    found.push({
      key: 'identity',
      severity: 'danger',
      what: `There is no identity on this machine, and ${formatQuantity(needed.length, 'secret')} cannot be opened without one.`,
      next: 'Make one, or put the one you have in its place.',
      href: lab,
      way: 'Mend',
    });
  }
  // That one is missing is a finding of the lab's files already.
  for (const { name } of needed.filter(({ state }) => state === 'unreadable')) {
    found.push({
      key: `secret:${name}`,
      severity: 'danger',
      what: `The secret ${name} does not open with your identity.`,
      next: 'Seal it again for this lab’s recipients.',
      href: lab,
      way: 'Mend',
    });
  }
  return found;
}

/** Golden images that are neither in the cache nor where the inventory says. */
export function imageFindings(images: readonly ImageState[]): Finding[] {
  return images
    .filter((image) => image.state === 'missing')
    .map((image) => ({
      key: `image:${image.name}`,
      severity: image.classes.length > 0 ? ('danger' as const) : ('warning' as const),
      what: `The golden image ${image.name} is not there${image.classes.length > 0 ? `; ${image.classes.join(', ')} use it` : ''}.`,
      next: `Put its file at ${image.file}.`,
      href: lab,
      way: 'Mend' as const,
    }));
}

/** Jobs that did not end well and that no later job on the same target has made good. */
export function jobFindings(jobs: readonly JobSummary[]): Finding[] {
  const madeGood = new Set<string>();
  const found: Finding[] = [];
  // Newest first: the first job seen on a target is the one that tells what it is like now.
  for (const job of jobs) {
    if (madeGood.has(job.subject)) continue;
    madeGood.add(job.subject);
    if (job.state !== 'cut-off' && job.state !== 'failed') continue;
    found.push({
      key: `job:${job.id}`,
      severity: job.state === 'failed' ? 'danger' : 'warning',
      what: `${job.title}: ${job.state === 'failed' ? 'failed' : 'cut off'}. ${job.problem?.state ?? ''}`.trim(),
      next: job.problem?.next ?? 'Look at what it left.',
      href: jobAddress(job) ?? addressOf({ page: 'jobs' }),
      way: 'See',
    });
  }
  return found;
}
