import { t } from '@lingui/core/macro';
import type { BridgeRequest } from '../../../shared/schemas/bridge.ts';
import type { DeployStep } from '../../app/route.ts';
import { sourceWords } from '../../components/bridge/source-words.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { formatNames } from '../../text/format.ts';
import { modeWords } from './mode-words.ts';

/** The quiet column before anything runs: what is selected, and what happens if contact is lost. */
export function ChoiceAside({ step, request }: { step: DeployStep; request: BridgeRequest | undefined }) {
  return (
    <>
      <AsideSection title={t`Selected`}>
        {request === undefined ? (
          <p className="quiet">{t`Not chosen yet.`}</p>
        ) : (
          <>
            <p className="subject">
              {request.source.kind === 'design' ? (
                <LabText text={request.source.name} />
              ) : (
                <PageWords text={sourceWords(request.source)} />
              )}
            </p>
            <p>
              <LabText text={formatNames(request.nodes ?? [])} />
            </p>
            <p className="quiet">{modeWords(request.mode).name}</p>
          </>
        )}
      </AsideSection>
      <AsideSection title={t`Will be changed`}>
        <p>
          {step === 'choose'
            ? t`Nothing so far.`
            : t`The files and live links that are listed, on these nodes and no others. The nodes are only read until you press the red button.`}
        </p>
      </AsideSection>
      <AsideSection title={t`If contact is lost`}>
        <IfContactIsLost seconds={request?.windowSeconds ?? 120} />
      </AsideSection>
    </>
  );
}

function IfContactIsLost({ seconds }: { seconds: number }) {
  return (
    <>
      <p>
        {t`Each node goes back by itself within ${seconds}\u00a0s, unless all of them were proven and confirmed before.`}
      </p>
      <p className="quiet">
        {t`It has written down how before anything changes. If it is rebooted meanwhile, it goes back before its network comes up.`}
      </p>
    </>
  );
}
