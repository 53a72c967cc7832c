import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { JobStateMark, StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { backupFindings } from './backup-findings.ts';
import { Due } from './Due.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import {
  bridgeFindings,
  fileFindings,
  type Finding,
  type FindingWords,
  imageFindings,
  jobFindings,
  jobsBesides,
  secretFindings,
} from './findings.ts';
import { RunningJobs } from './RunningJobs.tsx';
import { syncFindings } from './sync-findings.ts';
import { useSyncOverview } from '../../components/sync/use-sync-overview.ts';
import { jobAddress } from '../../jobs/job-address.ts';
import './today.css';

const recentJobs = 5;

/** What is wrong, what runs, what to do next: one screen, each line with the way to where it is mended. */
export function TodayPage() {
  const { query } = useApi();
  const check = useQuery(query.lab.check.queryOptions());
  const secrets = useQuery(query.secrets.check.queryOptions());
  const images = useQuery(query.images.list.queryOptions());
  const jobs = useQuery(query.jobs.list.queryOptions({ refetchInterval: 2_000 }));
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const checks = useQuery(query.bridge.checks.queryOptions({ input: { limit: 1 } }));
  const deploys = useQuery(query.bridge.deploys.queryOptions());
  const backups = useQuery(query.backups.overview.queryOptions({ staleTime: 60_000 }));
  const sync = useSyncOverview({ store: false });
  const all = [check, secrets, images, jobs, nodes, checks, deploys, backups];
  const said = new Set((check.data ?? []).map(({ problem }) => problem?.what));
  // What the check of the files says already is not said again by everything that stumbles over it.
  const failed = all
    .filter((one) => one.isError)
    .map((one) => problemOf(one.error))
    .find((problem) => !said.has(problem.what));
  const pending = all.some((one) => one.isPending);
  const ofBridge = bridgeFindings({
    checks: checks.data ?? [],
    deploys: deploys.data ?? [],
    jobs: jobs.data ?? [],
  });
  const findings = [
    ...fileFindings(check.data ?? []),
    ...secretFindings(secrets.data ?? { identity: 'ready', secrets: [] }),
    ...imageFindings(images.data ?? []),
    ...ofBridge,
    ...backupFindings(backups.data),
    ...syncFindings(sync.data),
    ...jobFindings(jobsBesides(ofBridge, jobs.data ?? [])),
  ];
  const running = (jobs.data ?? []).filter((job) => job.state === 'running');
  const ended = (jobs.data ?? []).filter((job) => job.state !== 'running').slice(0, recentJobs);
  const isNew = nodes.data?.every((node) => node.lastCardAt === undefined) ?? false;

  return (
    <div className="page">
      <PageHead title={t`Today`}>
        <Button component="a" href={addressOf({ page: 'cards' })} variant="default">
          <Trans>All nodes</Trans>
        </Button>
      </PageHead>
      <section className="section" aria-labelledby="today-wrong">
        <h2 id="today-wrong">
          <Trans>Needs you</Trans>
        </h2>
        {failed && !check.isPending && <ProblemNotice problem={failed} />}
        {pending && <Waiting words={t`Looking at the lab.`} />}
        {!pending && !failed && findings.length === 0 && (
          <div className="panel today-calm">
            <StateMark state="ok" label={t`Nothing. The lab's files, secrets and images are in order.`} />
          </div>
        )}
        {findings.length > 0 && (
          <ul className="panel finding-list">
            {findings.map((finding) => (
              <FindingLine key={finding.key} finding={finding} />
            ))}
          </ul>
        )}
      </section>
      {running.length > 0 && <RunningJobs jobs={running} />}
      {isNew && nodes.data && secrets.data && <FirstSteps nodes={nodes.data} secrets={secrets.data} />}
      {nodes.data && <Due nodes={isNew ? undefined : nodes.data} backups={backups.data} />}
      {ended.length > 0 && (
        <section className="section" aria-labelledby="today-ended">
          <h2 id="today-ended">
            <Trans>Lately</Trans>
          </h2>
          <ul className="panel finding-list">
            {ended.map((job) => (
              <li key={job.id} className="lately">
                <JobStateMark state={job.state} />
                <a href={jobAddress(job) ?? addressOf({ page: 'jobs' })}>
                  <ServiceText text={job.title} />
                </a>
                <span className="quiet">
                  <Age time={job.endedAt ?? job.startedAt} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function FindingLine({ finding }: { finding: Finding }) {
  return (
    <li className="finding">
      <StateMark state={finding.severity} label={finding.severity === 'danger' ? t`Wrong` : t`Look`} />
      <div className="finding-words">
        <span>
          <Words words={finding.what} />
        </span>
        <span className="quiet">
          <Words words={finding.next} />
        </span>
      </div>
      <a href={finding.href} className="finding-link">
        {wayWords(finding.way)} <IconArrowRight size={14} aria-hidden="true" />
      </a>
    </li>
  );
}

/** The page's words, then the service's. */
function Words({ words }: { words: FindingWords }) {
  return (
    <>
      {words.page !== undefined && <PageWords text={words.page} />}
      {words.page !== undefined && words.service !== undefined && ' '}
      {words.service !== undefined && <ServiceText text={words.service} />}
    </>
  );
}

function wayWords(way: Finding['way']): string {
  if (way === 'mend') return t`Mend`;
  return way === 'unlock' ? t`Unlock` : t`See`;
}
