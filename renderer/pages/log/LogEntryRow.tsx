import { Trans } from '@lingui/react/macro';
import type { SessionLog } from '../../../shared/contract/session.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';

/** The first line, and below it, when it is opened, the others: nearly always a stack. */
export function LogEntryRow({ entry }: { entry: SessionLog['entries'][number] }) {
  const { pid } = entry;
  const [first = '', ...others] = entry.text.split('\n');
  return (
    <li className="logged-entry">
      <span className="quiet small logged-when">
        {entry.at !== undefined && <Age time={entry.at} />}
        {pid !== undefined && (
          <span>
            <Trans>process {pid}</Trans>
          </span>
        )}
      </span>
      <div className="logged-text mono" lang="en">
        {others.length === 0 ? (
          <LabText text={first} />
        ) : (
          <details>
            <summary>
              <LabText text={first} />
            </summary>
            <pre>
              {others.map((line, index) => (
                // oxlint-disable-next-line react/no-array-index-key
                <div key={index}>
                  <LabText text={line} />
                </div>
              ))}
            </pre>
          </details>
        )}
      </div>
    </li>
  );
}
