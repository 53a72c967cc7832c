import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconFlame, IconPlus } from '@tabler/icons-react';
import type { RestorePlan } from '../../../shared/schemas/backup-plans.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes, formatTime } from '../../text/format.ts';
import { Refusals } from './Refusals.tsx';
import { Warnings } from './Warnings.tsx';

/** What comes where, what is erased for it, and why it may not be done. */
export function RestorePlanView({ plan }: { plan: RestorePlan }) {
  return (
    <>
      {plan.refusals.length > 0 && (
        <section className="panel planned" data-refused="true" aria-labelledby="restore-refused">
          <h3 id="restore-refused" className="planned-head">
            <Trans>This is not restored</Trans>
          </h3>
          <Refusals refusals={plan.refusals} />
        </section>
      )}
      <Erased plan={plan} />
      <section className="panel planned" aria-labelledby="restore-comes">
        <h3 id="restore-comes" className="planned-head">
          <Trans>What comes there</Trans>
        </h3>
        <Comes plan={plan} />
        <Warnings warnings={plan.warnings} />
      </section>
    </>
  );
}

function Erased({ plan }: { plan: RestorePlan }) {
  const { overwrites } = plan;
  const address = `${plan.node}/${plan.vmid}`;
  if (overwrites === undefined)
    return (
      <section className="panel erased">
        <IconPlus size={20} aria-hidden="true" />
        <div>
          <h3>
            <Trans>Nothing is erased</Trans>
          </h3>
          <p className="quiet">
            <Trans>
              No guest has the number of <LabText text={address} />.
            </Trans>
          </p>
        </div>
      </section>
    );
  return (
    <section className="panel erased" data-erases="true" aria-labelledby="restore-erased">
      <IconFlame size={20} aria-hidden="true" />
      <div>
        <h3 id="restore-erased">
          <Trans>
            What will be erased: <LabText text={`${address} ${overwrites.name ?? ''}`} />
          </Trans>
        </h3>
        <dl className="facts">
          <dt>{t`State`}</dt>
          <dd>
            <LabText text={overwrites.status} />
          </dd>
          <dt>{t`Disks`}</dt>
          <dd>
            {overwrites.disks.length === 0 ? (
              <span className="quiet">
                <Trans>none</Trans>
              </span>
            ) : (
              <ul className="plain-list mono small">
                {overwrites.disks.map((disk) => (
                  <li key={disk}>
                    <LabText text={disk} />
                  </li>
                ))}
              </ul>
            )}
          </dd>
          <dt>{t`Its last good backup`}</dt>
          <dd>
            {overwrites.lastGoodBackup === undefined ? (
              <StateMark
                state="danger"
                label={t`There is none: what it is now is nowhere else, and nothing brings it back.`}
              />
            ) : (
              <>
                {formatTime(new Date(overwrites.lastGoodBackup))}{' '}
                <span className="quiet">
                  <Age time={overwrites.lastGoodBackup} />
                </span>
                <p className="quiet">{t`What changed in it since then is lost.`}</p>
              </>
            )}
          </dd>
        </dl>
      </div>
    </section>
  );
}

function Comes({ plan }: { plan: RestorePlan }) {
  const { archive, storage, start, unique, stages } = plan;
  const at = new Date(archive.ctime * 1000);
  return (
    <dl className="facts">
      <dt>{t`Guest`}</dt>
      <dd className="mono">
        <LabText text={`${archive.type} ${plan.node}/${plan.vmid}`} />
      </dd>
      <dt>{t`Made`}</dt>
      <dd>
        {formatTime(at)}{' '}
        <span className="quiet">
          <Age time={at.toISOString()} />
        </span>
      </dd>
      <dt>{t`Archive`}</dt>
      <dd className="stacked">
        <span className="mono small">
          <LabText text={archive.name} />
        </span>
        <span className="quiet">
          <LabText text={archive.place} />, {formatBytes(archive.sizeBytes)}
        </span>
      </dd>
      <dt>{t`What is known of it`}</dt>
      <dd>
        <ServiceText text={archive.proof} />
      </dd>
      {stages.length > 0 && (
        <>
          <dt>{t`In this order`}</dt>
          <dd>
            <ol className="plain-steps">
              {stages.map((stage) => (
                <li key={stage}>
                  <ServiceText text={stage} />
                </li>
              ))}
            </ol>
          </dd>
        </>
      )}
      <dt>{t`Storage of its disks`}</dt>
      <dd>{storage === undefined ? t`As the archive says` : <LabText text={storage} />}</dd>
      <dt>{t`MAC addresses`}</dt>
      <dd>{unique ? t`new ones` : t`those of the guest that was backed up`}</dd>
      <dt>{t`Then`}</dt>
      <dd>{start ? t`It is started.` : t`It stays off.`}</dd>
    </dl>
  );
}
