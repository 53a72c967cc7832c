import { Trans } from '@lingui/react/macro';
import type { SyncIteration } from '../../../shared/schemas/sync-record.ts';
import { LabText } from '../../components/LabText.tsx';
import { OwnCommand } from '../../components/OwnCommand.tsx';
import { useSyncOverview } from '../../components/sync/use-sync-overview.ts';
import { quotedWord } from '../../components/quoted-word.ts';

/** How a run is taken back: what it replaced or deleted is still there. */
export function UndoHint(props: { run: SyncIteration; trash: string | undefined }) {
  const { data } = useSyncOverview({ store: false });
  const { iteration_uid, dest } = props.run;
  const words = [
    'sync undo',
    iteration_uid,
    '--dest',
    quotedWord(dest),
    ...(data?.logFolder === undefined ? [] : ['--log-dir', quotedWord(data.logFolder)]),
  ];
  return (
    <section className="panel sync-undo" aria-labelledby="sync-undo">
      <h3 id="sync-undo">
        <Trans>If this was not right</Trans>
      </h3>
      <p>
        {props.trash === undefined ? (
          <Trans>What a run replaced or deleted lies in the trash of its side. This puts it back:</Trans>
        ) : (
          <Trans>
            What was replaced or deleted lies in{' '}
            <span className="mono">
              <LabText text={props.trash} />
            </span>
            . This puts it back:
          </Trans>
        )}
      </p>
      <OwnCommand words={words.join(' ')} />
    </section>
  );
}
