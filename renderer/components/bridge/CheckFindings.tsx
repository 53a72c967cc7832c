import { t } from '@lingui/core/macro';
import type { CheckFinding } from '../../../shared/schemas/bridge.ts';
import { LabText } from '../LabText.tsx';
import { ServiceText } from '../ServiceText.tsx';
import { StateMark } from '../StateMark.tsx';
import './check-findings.css';

/** What a check found, each with what to run or to look at. */
export function CheckFindings({ findings }: { findings: readonly CheckFinding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="panel check-findings" aria-label={t`Findings`}>
      {findings.map((finding) => (
        <li key={JSON.stringify(finding)}>
          {finding.severity === 'failure' ? (
            <StateMark state="danger" label={t`Wrong`} />
          ) : (
            <StateMark state="warning" label={t`Look`} />
          )}
          <div className="check-finding-words">
            <span>
              <ServiceText text={finding.what} />
            </span>
            <span className="quiet">
              <ServiceText text={finding.next} />
            </span>
            <span className="small quiet mono">
              <LabText text={placeOfFinding(finding)} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function placeOfFinding({ code, node, port, cable }: CheckFinding): string {
  return [code, cable ?? [node, port].filter(Boolean).join(':')].filter(Boolean).join(' · ');
}
