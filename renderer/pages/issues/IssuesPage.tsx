import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { IssueList, IssueSummary } from '../../../shared/contract/issues.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemText } from '../../components/ProblemText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { IssueStateMark } from './IssueStateMark.tsx';
import './issues.css';

/** What is wrong in the lab, and what was: the open ones first. */
export function IssuesPage() {
  const { query } = useApi();
  const issues = useQuery(query.issues.list.queryOptions({ refetchInterval: 30_000 }));
  return (
    <div className="page">
      <PageHead
        title={t`Issues`}
        about={t`What is wrong in this lab: a file each, in the lab itself, closed with a proof or a note.`}
      />
      <QueryView result={issues} waiting={t`Reading the issues.`}>
        {(data) => (data.issues.length === 0 ? <NoIssues /> : <IssueTable list={data} />)}
      </QueryView>
    </div>
  );
}

function NoIssues() {
  return (
    <div className="panel empty">
      <h2>
        <Trans>Nothing is known to be wrong</Trans>
      </h2>
      <p>
        <Trans>
          A check that fails can open an issue with what it found. To write one yourself, say in a terminal
          what is wrong and which nodes it is about:
        </Trans>
      </p>
      <LabCommand command={`issues open "${t`what is wrong`}" --nodes baobab`} />
    </div>
  );
}

function IssueTable({ list: { issues, unread } }: { list: IssueList }) {
  return (
    <>
      <DataTable
        label={t`Issues`}
        rows={issues}
        rowKey={(issue) => issue.file}
        columns={columns()}
        initialSort={{ id: 'state', desc: false }}
        empty=""
      />
      {unread > 0 && (
        <p className="quiet small">
          {plural(unread, { one: '# older file was not read.', other: '# older files were not read.' })}
        </p>
      )}
    </>
  );
}

/** What asks for somebody comes first. */
const order: Record<IssueSummary['state'], number> = { open: 0, unknown: 1, closed: 2 };

const columns = (): TableColumn<IssueSummary>[] => [
  {
    id: 'state',
    header: t`State`,
    value: (issue) => order[issue.state],
    renderCell: (issue) => <IssueStateMark issue={issue} />,
  },
  {
    id: 'title',
    wraps: true,
    header: t`Issue`,
    value: (issue) => issue.id ?? issue.file,
    descendingFirst: true,
    renderCell: (issue) => <IssueName issue={issue} />,
  },
  {
    id: 'opened',
    header: t`Opened`,
    descendingFirst: true,
    value: (issue) => issue.opened,
    renderCell: ({ opened }) =>
      opened === undefined ? <span className="quiet">–</span> : <Age time={opened} />,
  },
  {
    id: 'nodes',
    wraps: true,
    header: t`Nodes`,
    value: (issue) => issue.nodes.join(' '),
    renderCell: ({ nodes }) =>
      nodes.length === 0 ? (
        <span className="quiet">–</span>
      ) : (
        nodes.map((node) => (
          <span key={node} className="tag mono">
            <LabText text={node} />
          </span>
        ))
      ),
  },
];

function IssueName({ issue }: { issue: IssueSummary }) {
  const { id, title, file, problem } = issue;
  return (
    <div className="stacked issue-name">
      {id === undefined ? (
        <LabText text={title} />
      ) : (
        <a href={addressOf({ page: 'issue', id })}>
          <LabText text={title} />
        </a>
      )}
      <span className="small quiet mono">
        <LabText text={id ?? file} />
      </span>
      {problem && (
        <span className="small">
          <ProblemText problem={problem} part="what" />
        </span>
      )}
    </div>
  );
}
