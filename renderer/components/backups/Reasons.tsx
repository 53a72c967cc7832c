import type { CoverageReason } from '../../../shared/schemas/backup-overview.ts';
import { ServiceText } from '../ServiceText.tsx';
import { StateMark } from '../StateMark.tsx';
import { coverageMarks, coverageWords } from './backup-words.ts';
import './reasons.css';

/** Why a guest is not good: what is so, what to do, and the code in small print to search for. */
export function Reasons({ reasons }: { reasons: readonly CoverageReason[] }) {
  return (
    <ul className="panel reasons">
      {reasons.map(({ code, state, what, next }) => (
        <li key={`${code} ${what}`} className="reason">
          <StateMark state={coverageMarks[state]} label={coverageWords(state)} />
          <div className="reason-words">
            <span>
              <ServiceText text={what} />
            </span>
            <span className="quiet">
              <ServiceText text={next} />
            </span>
            <span className="quiet small mono">{code}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}
