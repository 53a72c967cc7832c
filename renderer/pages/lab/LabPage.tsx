import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import type { Capability } from '../../../shared/contract/session.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { placeOf } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { addressOf } from '../../app/route.ts';
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
        title={t`Lab`}
        about={t`The folder is yours and the only truth. Here is what Sifaka finds in it and on this machine.`}
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
      <h2 id="lab-files">
        <Trans>Files</Trans>
      </h2>
      <QueryView result={findings} waiting={t`Reading every file of the lab.`}>
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
          <StateMark state="ok" label={readAndRight(right.length)} />
        </summary>
        <ul className="small">
          {right.map((finding) => (
            <li key={`${finding.file}:${finding.kind}`}>
              <span className="mono">
                <LabText text={finding.file} />
              </span>{' '}
              <span className="quiet">
                <ServiceText text={finding.kind} />
              </span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function readAndRight(files: number): string {
  return plural(files, { one: '# file read and right', other: '# files read and right' });
}

function FileFinding({ finding }: { finding: LabFinding }) {
  const { problem } = finding;
  return (
    <li className="check-entry">
      <StateMark state="danger" label={t`Wrong`} />
      <div className="check-words">
        <span>
          <span className="mono">
            <LabText text={problem?.where ? placeOf(problem.where) : finding.file} />
          </span>{' '}
          <span className="quiet">
            <ServiceText text={finding.kind} />
          </span>
        </span>
        {problem && (
          <>
            <span>
              <ServiceText text={problem.what} />
            </span>
            {problem.more?.map((line) => (
              <span key={line}>
                <ServiceText text={line} />
              </span>
            ))}
            <span className="quiet">
              <ServiceText text={problem.next} />
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
      <h2 id="lab-machine">
        <Trans>This machine</Trans>
      </h2>
      <QueryView result={doctor} waiting={t`Looking at what works on this machine.`}>
        {(data) => (
          <ul className="panel check-list">
            {data.map((capability) => (
              <li key={capability.id} className="check-entry">
                <CapabilityMark capability={capability} />
                <div className="check-words">
                  <span>
                    <ServiceText text={capability.label} />
                  </span>
                  <span className="quiet">
                    <ServiceText text={capability.detail} />
                  </span>
                </div>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      <p>
        <a href={addressOf({ page: 'log' })}>
          <Trans>Log and diagnostics</Trans>
        </a>
      </p>
    </section>
  );
}

function CapabilityMark({ capability }: { capability: Capability }) {
  if (capability.ok) return <StateMark state="ok" label={t`Works`} />;
  return capability.required ? (
    <StateMark state="danger" label={t`Missing`} />
  ) : (
    <StateMark state="none" label={t`Absent`} />
  );
}
