import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Issue } from '../../../shared/contract/issues.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { CloseIssueButton } from './CloseIssueButton.tsx';
import { IssueBlocks } from './IssueBlocks.tsx';
import { IssueStateMark } from './IssueStateMark.tsx';
import './issues.css';

/** One issue: what its file says, as text, and what it takes to close it. */
export function IssuePage({ id }: { id: string }) {
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  return (
    <QueryView result={session} waiting={t`Asking what you may see.`}>
      {({ role }) => (role === 'viewer' ? <ForOperators id={id} /> : <ReadIssue id={id} />)}
    </QueryView>
  );
}

function ForOperators({ id }: { id: string }) {
  return (
    <div className="page">
      <PageHead title={<LabText text={id} />} />
      <div className="panel empty">
        <h2>
          <Trans>What an issue says is for operators</Trans>
        </h2>
        <p>
          <Trans>Its evidence is what nodes said of themselves. Ask someone who has the operator link.</Trans>
        </p>
        <AllIssues />
      </div>
    </div>
  );
}

function ReadIssue({ id }: { id: string }) {
  const { query } = useApi();
  const issue = useQuery(query.issues.read.queryOptions({ input: { id } }));
  return (
    <div className="page">
      <PageHead
        title={<LabText text={issue.data ? `${id}: ${issue.data.title}` : id} />}
        about={issue.data && <AboutFile issue={issue.data} />}
      >
        {issue.data?.state === 'open' && <CloseIssueButton id={id} check={issue.data.check} />}
      </PageHead>
      <QueryView result={issue} waiting={t`Reading the issue.`}>
        {(data) => (
          <>
            {data.problem && <ProblemNotice problem={data.problem} />}
            <Facts issue={data} />
            <IssueBlocks text={data.text} title={`${id}: ${data.title}`} />
          </>
        )}
      </QueryView>
      <AllIssues />
    </div>
  );
}

function AboutFile({ issue: { file } }: { issue: Issue }) {
  return (
    <span className="mono">
      <LabText text={file} />
    </span>
  );
}

function AllIssues() {
  return (
    <p>
      <a href={addressOf({ page: 'issues' })}>
        <Trans>See every issue</Trans>
      </a>
    </p>
  );
}

function Facts({ issue }: { issue: Issue }) {
  const { opened, closed, nodes, check } = issue;
  return (
    <dl className="facts panel">
      <Fact label={t`State`}>
        <IssueStateMark issue={issue} />
      </Fact>
      {opened !== undefined && (
        <Fact label={t`Opened`}>
          <Age time={opened} />
        </Fact>
      )}
      {closed !== undefined && (
        <Fact label={t({ message: 'Closed', context: 'issue' })}>
          <Age time={closed} />
        </Fact>
      )}
      {issue.state !== 'unknown' && (
        <>
          <Fact label={t`Nodes`}>
            <Nodes nodes={nodes} />
          </Fact>
          <Fact label={t`Proof`}>
            {check === undefined ? (
              t`None is asked for: it is closed with a note.`
            ) : (
              <CheckWords check={check} />
            )}
          </Fact>
        </>
      )}
    </dl>
  );
}

function Nodes({ nodes }: { nodes: readonly string[] }) {
  if (nodes.length === 0) return <span className="quiet">{t`none`}</span>;
  return nodes.map((node) => (
    <span key={node} className="tag mono">
      <LabText text={node} />
    </span>
  ));
}

function CheckWords({ check }: { check: string }) {
  const name = (
    <code>
      <LabText text={check} />
    </code>
  );
  return <Trans>The check {name} has to pass on all its nodes after it was opened.</Trans>;
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
