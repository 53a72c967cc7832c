import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import type { Capability } from '../../../shared/contract/session.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { placeOf } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { addressOf } from '../../app/route.ts';
import { formatQuantity } from '../../text/format.ts';
import { useApi } from '../../connection/client.ts';
import { ImagesSection } from './ImagesSection.tsx';
import { SecretsSection } from './SecretsSection.tsx';
import './lab.css';

/** Is the lab right: its files, its secrets, its images, and this machine. */
export function LabPage() {
  const { query } = useApi();
  const findings = useQuery(query.lab.check.queryOptions());
  const said = (findings.data ?? []).flatMap(({ problem }) => (problem ? [problem.what] : []));
  return (
    <div className="page">
      <PageHead
        title="Lab"
        about="The folder is yours and the only truth. Here is what Sifaka finds in it and on this machine."
      />
      <FilesSection findings={findings} />
      <SecretsSection said={said} />
      <ImagesSection said={said} />
      <MachineSection />
    </div>
  );
}

function FilesSection({ findings }: { findings: UseQueryResult<LabFinding[], unknown> }) {
  return (
    <section className="section" aria-labelledby="lab-files">
      <h2 id="lab-files">Files</h2>
      <QueryView result={findings} waiting="Reading every file of the lab.">
        {(data) => <FileList wrong={data.filter(({ ok }) => !ok)} right={data.filter(({ ok }) => ok)} />}
      </QueryView>
    </section>
  );
}

/** What is wrong in full; what is right is one line that opens. */
function FileList({ wrong, right }: { wrong: readonly LabFinding[]; right: readonly LabFinding[] }) {
  return (
    <div className="panel">
      {wrong.length > 0 && (
        <ul className="check-list">
          {wrong.map((finding) => (
            <FileFinding key={`${finding.file}:${finding.kind}`} finding={finding} />
          ))}
        </ul>
      )}
      <details className="check-right">
        <summary>
          <StateMark state="ok" label={`${formatQuantity(right.length, 'file')} read and right`} />
        </summary>
        <ul className="small">
          {right.map((finding) => (
            <li key={`${finding.file}:${finding.kind}`}>
              <span className="mono">
                <LabText text={finding.file} />
              </span>{' '}
              <span className="quiet">
                <LabText text={finding.kind} />
              </span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function FileFinding({ finding }: { finding: LabFinding }) {
  const { problem } = finding;
  return (
    <li className="check-entry">
      <StateMark state="danger" label="Wrong" />
      <div className="check-words">
        <span>
          <span className="mono">
            <LabText text={problem?.where ? placeOf(problem.where) : finding.file} />
          </span>{' '}
          <span className="quiet">
            <LabText text={finding.kind} />
          </span>
        </span>
        {problem && (
          <>
            <span>
              <LabText text={problem.what} />
            </span>
            {problem.more?.map((line) => (
              <span key={line}>
                <LabText text={line} />
              </span>
            ))}
            <span className="quiet">
              <LabText text={problem.next} />
            </span>
            <span className="quiet small mono">{problem.code}</span>
          </>
        )}
      </div>
    </li>
  );
}

function MachineSection() {
  const { query } = useApi();
  const doctor = useQuery(query.session.doctor.queryOptions({ staleTime: 60_000 }));
  return (
    <section className="section" aria-labelledby="lab-machine">
      <h2 id="lab-machine">This machine</h2>
      <QueryView result={doctor} waiting="Looking at what works on this machine.">
        {(data) => (
          <ul className="panel check-list">
            {data.map((capability) => (
              <li key={capability.id} className="check-entry">
                <CapabilityMark capability={capability} />
                <div className="check-words">
                  <span>
                    <LabText text={capability.label} />
                  </span>
                  <span className="quiet">
                    <LabText text={capability.detail} />
                  </span>
                </div>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      <p>
        <a href={addressOf({ page: 'log' })}>Log and diagnostics</a>
      </p>
    </section>
  );
}

function CapabilityMark({ capability }: { capability: Capability }) {
  if (capability.ok) return <StateMark state="ok" label="Works" />;
  return capability.required ? (
    <StateMark state="danger" label="Missing" />
  ) : (
    <StateMark state="none" label="Absent" />
  );
}
