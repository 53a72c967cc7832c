import { plural } from '@lingui/core/macro';
import type { SyncNotice } from '../../../shared/schemas/sync-record.ts';
import { LabText } from '../LabText.tsx';
import { ServiceText } from '../ServiceText.tsx';
import { StateMark } from '../StateMark.tsx';
import { noticeTextWords } from './notice-text-words.ts';
import { noticeWords } from './sync-words.ts';
import './notice-list.css';

/** What an operator should look at. A notice of no file is about the whole run. */
export function NoticeList(props: { label: string; notices: readonly SyncNotice[]; further: number }) {
  return (
    <>
      <ul className="panel sync-notices" aria-label={props.label}>
        {props.notices.map(({ kind, filepath, text }) => (
          <li key={`${kind} ${filepath} ${text}`}>
            <StateMark state="warning" label={noticeWords(kind)} />
            <span className="stacked">
              {filepath !== '' && (
                <span className="mono">
                  <LabText text={filepath} />
                </span>
              )}
              <span className="quiet">{noticeTextWords(text) ?? <ServiceText text={text} />}</span>
            </span>
          </li>
        ))}
      </ul>
      {props.further > 0 && (
        <p className="quiet">{plural(props.further, { one: '# more of them.', other: '# more of them.' })}</p>
      )}
    </>
  );
}
