import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { WizardStep } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { useRealDrives } from '../../components/drives/use-real-drives.ts';
import { useApi } from '../../connection/client.ts';
import { type ChosenTarget, useCardWizard } from '../../stores/card-wizard.ts';
import { formatBytes } from '../../text/format.ts';
import { Contents } from './Contents.tsx';
import { chosenDrive } from './real-drives.ts';
import { isTarget } from './target-request.ts';
import { TargetName } from './TargetName.tsx';

/** The quiet column before anything runs: what is chosen, what it would erase, and that nothing is written yet. */
export function ChoiceAside({ step }: { step: WizardStep }) {
  const { query } = useApi();
  const { node, target: chosen } = useCardWizard();
  const drives = useQuery(query.drives.list.queryOptions());
  // A drive may have been made anew or written since it was chosen.
  const realDrives = useRealDrives();
  const now =
    chosenDrive(chosen, realDrives.data ?? []) ??
    drives.data?.find((drive) => isTarget(chosen?.request, drive));
  const target = chosen && now ? { ...chosen, size: now.size, contents: now.contents } : chosen;
  return (
    <>
      <AsideSection title={t`Node`}>
        {node === undefined ? <p className="quiet">{t`Not chosen yet.`}</p> : <ChosenNode name={node} />}
      </AsideSection>
      <AsideSection title={t`Target`}>
        {target === undefined || step === 'node' ? (
          <p className="quiet">{t`Not chosen yet.`}</p>
        ) : (
          <TargetWords target={target} />
        )}
      </AsideSection>
      <AsideSection title={t`Will be erased`}>
        <p>{step === 'node' || target === undefined ? t`Nothing so far.` : erasure(target)}</p>
      </AsideSection>
      <AsideSection title={t`If this window closes or power is lost`}>
        <p>
          {step === 'review'
            ? t`Until you press the red button nothing is written. After it the job goes on without this window; if power is lost while the card is written, burn it again. The lab and the golden image are only read.`
            : t`Nothing is written while you choose. Your choices stay in this tab.`}
        </p>
      </AsideSection>
    </>
  );
}

function ChosenNode({ name }: { name: string }) {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const node = nodes.data?.find((one) => one.name === name);
  return (
    <>
      <p className="subject">
        <LabText text={name} />
      </p>
      {node && (
        <>
          <p className="quiet">
            <LabText text={[node.alias, node.nodeClass].filter(Boolean).join(' · ')} />
          </p>
          <p className="mono">
            <LabText text={node.addresses.join(', ')} />
          </p>
        </>
      )}
    </>
  );
}

function TargetWords({ target }: { target: ChosenTarget }) {
  return (
    <>
      <p className="subject">
        <TargetName kind={target.request.kind} label={target.label} />
      </p>
      {target.request.kind === 'drive' ? (
        <p className="mono small">
          <LabText text={target.request.path} />
        </p>
      ) : (
        target.size !== undefined && <p className="quiet">{formatBytes(target.size)}</p>
      )}
    </>
  );
}

function erasure(target: ChosenTarget) {
  if (target.request.kind === 'new-file') return t`Nothing: the file must not exist yet.`;
  return (
    <>
      <Trans>
        Everything on <TargetName kind={target.request.kind} label={target.label} />.
      </Trans>
      {target.contents !== undefined && (
        <span className="quiet aside-now">
          <Trans>
            On it now: <Contents text={target.contents} />
          </Trans>
        </span>
      )}
    </>
  );
}
