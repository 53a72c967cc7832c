import { Trans } from '@lingui/react/macro';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ProblemRecord } from '../../shared/problem.ts';
import type { ShownProblem } from '../connection/problem-of.ts';
import { LabText } from './LabText.tsx';
import { ProblemText } from './ProblemText.tsx';
import { ServiceText } from './ServiceText.tsx';
import './problem-notice.css';

/** What happened, what state things are in, what to do; the code is small print to search for. */
export function ProblemNotice({ problem, children }: { problem: ShownProblem; children?: ReactNode }) {
  return (
    <div className="problem" role="alert">
      <IconAlertTriangle size={20} aria-hidden="true" className="problem-icon" />
      <div className="problem-body">
        <p className="problem-what">
          <ProblemText problem={problem} part="what" />
        </p>
        {problem.where && (
          <p className="mono small">
            <LabText text={placeOf(problem.where)} />
          </p>
        )}
        {problem.more && problem.more.length > 0 && (
          <ul className="problem-more">
            {problem.more.map((line) => (
              <li key={line}>
                <ServiceText text={line} />
              </li>
            ))}
          </ul>
        )}
        <dl className="problem-parts">
          <dt>
            <Trans>Now</Trans>
          </dt>
          <dd>
            <ProblemText problem={problem} part="state" />
          </dd>
          <dt>
            <Trans>Next</Trans>
          </dt>
          <dd>
            <ProblemText problem={problem} part="next" />
          </dd>
        </dl>
        {children && <div className="actions">{children}</div>}
        <p className="quiet small mono">{problem.code}</p>
      </div>
    </div>
  );
}

/** `file:line:column`, as an editor takes it. */
export function placeOf(where: NonNullable<ProblemRecord['where']>): string {
  return [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
}
