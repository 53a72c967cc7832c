import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { PlannedGuest } from '../../../shared/schemas/backup-plans.ts';
import { LabText } from '../../components/LabText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';
import { Refusals } from './Refusals.tsx';
import { limitWords, methodWords, modeWords } from './way-words.ts';
import { Warnings } from './Warnings.tsx';

/** What is done for one guest, or why nothing is. */
export function PlannedGuestPanel({ planned }: { planned: PlannedGuest }) {
  const { guest, refusal, action } = planned;
  const address = `${guest.node}/${guest.vmid}`;
  return (
    <section className="panel planned" aria-labelledby={`planned-${address}`} data-refused={refusal && true}>
      <div className="planned-head">
        <h3 id={`planned-${address}`}>
          <LabText text={guest.name ?? address} />{' '}
          <span className="mono quiet">
            <LabText text={`${guest.type} ${address}`} />
          </span>
        </h3>
        {refusal ? (
          <StateMark state="danger" label={t`Not backed up`} />
        ) : (
          <StateMark
            state={action === 'new' ? 'ok' : 'running'}
            label={action === 'new' ? t`New backup` : t`Goes on with the one that was begun`}
          />
        )}
      </div>
      {refusal ? <Refusals refusals={[refusal]} /> : <Way planned={planned} />}
      <Warnings warnings={planned.warnings} />
    </section>
  );
}

function Way({ planned }: { planned: PlannedGuest }) {
  const { method, mode, storage, shared, targets, estimateBytes, bandwidthLimit, compress, rule } = planned;
  return (
    <dl className="facts">
      <dt>{t`Archive`}</dt>
      <dd>
        {methodWords(method)}, {compress === 'none' ? t`not compressed` : <LabText text={compress} />}
      </dd>
      <dt>{t`Storage`}</dt>
      <dd>
        <LabText text={storage} />{' '}
        <span className="quiet">{shared ? t`shared by its Proxmox cluster` : t`of this node alone`}</span>
      </dd>
      <dt>{t`The guest meanwhile`}</dt>
      <dd>
        {modeWords(mode).name}: {modeWords(mode).about}
      </dd>
      <dt>{t`Copies`}</dt>
      <dd>
        {targets.length === 0 ? (
          <span className="quiet">
            <Trans>none</Trans>
          </span>
        ) : (
          <LabText text={targets.join(', ')} />
        )}
      </dd>
      <dt>{t`May need`}</dt>
      <dd>
        {estimateBytes === undefined ? (
          <span className="quiet">
            <Trans>not known</Trans>
          </span>
        ) : (
          formatBytes(estimateBytes)
        )}
      </dd>
      <dt>{t`Bandwidth`}</dt>
      <dd>{limitWords(bandwidthLimit)}</dd>
      <dt>{t`Rule`}</dt>
      <dd>
        {rule === undefined ? (
          <span className="quiet">
            <Trans>none</Trans>
          </span>
        ) : (
          <LabText text={rule} />
        )}
      </dd>
    </dl>
  );
}
