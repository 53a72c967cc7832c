import type { ProblemRecord } from '../../../shared/problem.ts';
import { ServiceText } from '../../components/ServiceText.tsx';

/** Why something is not done, and what to do about it; the code is small print to search for. */
export function Refusals({ refusals }: { refusals: readonly ProblemRecord[] }) {
  return (
    <ul className="planned-refusals">
      {refusals.map(({ code, what, next }) => (
        <li key={`${code} ${what}`} className="stacked">
          <ServiceText text={what} />
          <span className="quiet">
            <ServiceText text={next} />
          </span>
          <span className="mono small quiet">{code}</span>
        </li>
      ))}
    </ul>
  );
}
