import { plural, t } from '@lingui/core/macro';
import type { ImageState } from '../../../shared/contract/images.ts';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import type { SecretState } from '../../../shared/contract/secrets.ts';
import type { BridgeCheck, DeploySummary } from '../../../shared/schemas/bridge.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import { jobAddress } from '../../jobs/job-address.ts';

/** One thing that is wrong, in a line, and where it is mended. */
export interface Finding {
  readonly key: string;
  readonly severity: 'danger' | 'warning';
  readonly what: FindingWords;
  readonly next: FindingWords;
  readonly href: string;
  /** What the link does. */
  readonly way: 'mend' | 'unlock' | 'see';
}

/** What the page says, in its language; after it what the service says, always in English. */
export interface FindingWords {
  readonly page?: string;
  readonly service?: string;
}

const lab = addressOf({ page: 'lab' });
const bridge = addressOf({ page: 'bridge' });

/** What is wrong with the lab's files. */
export function fileFindings(findings: readonly LabFinding[]): Finding[] {
  return findings.flatMap(({ file, kind, problem }) =>
    problem
      ? [
          {
            key: `file:${file}:${kind}`,
            severity: 'danger' as const,
            what: { service: problem.what },
            next: { service: problem.next },
            href: lab,
            way: 'mend' as const,
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
      what: { page: t`Your identity is locked, so secrets cannot be opened.` },
      next: { page: t`Unlock it with its passphrase.` },
      href: lab,
      way: 'unlock',
    });
  }
  const needed = check.secrets.filter((secret) => secret.neededBy.length > 0);
  const closed = needed.length;
  if (check.identity === 'none' && closed > 0) {
    found.push({
      key: 'identity',
      severity: 'danger',
      what: {
        page: plural(closed, {
          one: 'There is no identity on this machine, and # secret cannot be opened without one.',
          other: 'There is no identity on this machine, and # secrets cannot be opened without one.',
        }),
      },
      next: { page: t`Make one, or put the one you have in its place.` },
      href: lab,
      way: 'mend',
    });
  }
  // That one is missing is a finding of the lab's files already.
  for (const { name } of needed.filter(({ state }) => state === 'unreadable')) {
    found.push({
      key: `secret:${name}`,
      severity: 'danger',
      what: { page: t`The secret ${name} does not open with your identity.` },
      next: { page: t`Seal it again for this lab’s recipients.` },
      href: lab,
      way: 'mend',
    });
  }
  return found;
}

/** Golden images that are neither in the cache nor where the inventory says. */
export function imageFindings(images: readonly ImageState[]): Finding[] {
  return images
    .filter((image) => image.state === 'missing')
    .map(({ name, file, classes }) => {
      const users = classes.join(', ');
      return {
        key: `image:${name}`,
        severity: classes.length > 0 ? ('danger' as const) : ('warning' as const),
        what: {
          page:
            classes.length > 0
              ? t`The golden image ${name} is not there; ${users} use it.`
              : t`The golden image ${name} is not there.`,
        },
        next: { page: t`Put its file at ${file}.` },
        href: lab,
        way: 'mend' as const,
      };
    });
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
    const { title } = job;
    found.push({
      key: `job:${job.id}`,
      severity: job.state === 'failed' ? 'danger' : 'warning',
      what: {
        page: job.state === 'failed' ? t`${title}: failed.` : t`${title}: cut off.`,
        ...(job.problem && { service: job.problem.state }),
      },
      next: job.problem ? { service: job.problem.next } : { page: t`Look at what it left.` },
      href: jobAddress(job) ?? addressOf({ page: 'jobs' }),
      way: 'see',
    });
  }
  return found;
}

/** What is wrong with the Thunderbolt bridge: a newest deploy that was not ended, and a newest check that failed. */
export function bridgeFindings(seen: {
  checks: readonly BridgeCheck[];
  deploys: readonly DeploySummary[];
  jobs: readonly JobSummary[];
}): Finding[] {
  const found: Finding[] = [];
  const [deploy] = seen.deploys;
  const isRunning = seen.jobs.some(({ id, state }) => id === deploy?.id && state === 'running');
  if (deploy?.state === 'split') {
    found.push({
      key: `deploy:${deploy.id}`,
      severity: 'danger',
      what: { page: t`The last deploy of the bridge is split: not every node ended the same way.` },
      next: { page: t`Bring the nodes together again.` },
      href: bridge,
      way: 'mend',
    });
  }
  if (deploy?.state === 'started' && !isRunning) {
    found.push({
      key: `deploy:${deploy.id}`,
      severity: 'warning',
      what: { page: t`The last deploy of the bridge was cut off; its nodes go back by themselves.` },
      next: { page: t`Look at what they have now.` },
      href: bridge,
      way: 'see',
    });
  }
  const [check] = seen.checks;
  if (check && !check.passed) {
    const first = check.findings.find(({ severity }) => severity === 'failure');
    found.push({
      key: `check:${check.id}`,
      severity: 'danger',
      what: {
        page: t`The bridge failed its last check.`,
        ...(first && { service: first.what }),
      },
      next: first ? { service: first.next } : { page: t`Look at what was found.` },
      href: bridge,
      way: 'see',
    });
  }
  return found;
}

/** The jobs without those whose deploy is told of by `bridgeFindings`: nothing is said twice. */
export function jobsBesides(found: readonly Finding[], jobs: readonly JobSummary[]): JobSummary[] {
  return jobs.filter(({ id }) => !found.some(({ key }) => key === `deploy:${id}`));
}
