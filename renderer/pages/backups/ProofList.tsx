import { addressOf } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import type { ProofLine } from './proof-lines.ts';
import '../../components/backups/state-list.css';

/** Thing by thing, what a job of the backups did. */
export function ProofList({ lines }: { lines: readonly ProofLine[] }) {
  return (
    <ul className="panel state-list">
      {lines.map((line) => (
        <ProvenThing key={line.key} line={line} />
      ))}
    </ul>
  );
}

function ProvenThing({ line }: { line: ProofLine }) {
  const { guest, digests = [] } = line;
  return (
    <li>
      <StateMark state={line.mark} label={line.words} />
      <div className="stacked">
        <strong>
          {guest !== undefined && (
            <a href={addressOf({ page: 'backups-guest', guest })}>
              <LabText text={guest} />
            </a>
          )}{' '}
          <LabText text={line.name} />
        </strong>
        {line.what.map((text) => (
          <ServiceText key={text} text={text} />
        ))}
        {digests.map((digest) => (
          <span key={digest} className="mono small quiet">
            <LabText text={digest} />
          </span>
        ))}
      </div>
    </li>
  );
}
