import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconAlertTriangle, IconRosetteDiscountCheck } from '@tabler/icons-react';
import type { CardEvidence } from '../../../shared/schemas/card.ts';
import { addressOf } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { formatBytes, formatCount, formatTime } from '../../text/format.ts';
import { readBackWords } from './read-back-words.ts';
import { TargetName } from './TargetName.tsx';

/** What a later reading of the card found, against its receipt. */
export function EvidenceProof({ evidence }: { evidence: CardEvidence }) {
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>
          {evidence.matches ? (
            <>
              <IconRosetteDiscountCheck size={24} aria-hidden="true" className="proof-mark" />{' '}
              <Trans>
                Proven again: this card is still <LabText text={evidence.node} />
              </Trans>
            </>
          ) : (
            <>
              <IconAlertTriangle size={24} aria-hidden="true" className="differs-mark" />{' '}
              <Trans>This card differs from its receipt</Trans>
            </>
          )}
        </StepHeading>
        <section
          className="next-step panel"
          data-differs={!evidence.matches || undefined}
          aria-label={t`Next`}
        >
          <h3>{t`Next`}</h3>
          <p>
            {evidence.matches
              ? t`It can be put in and powered on. After its first boot the node changes it, and it no longer compares.`
              : t`If the node has booted from it, this is expected. If not, do not use it: burn it again, and suspect the card.`}
          </p>
        </section>
        <dl className="facts panel receipt-facts">
          <dt>{t`Target`}</dt>
          <dd>
            <TargetName kind={evidence.target.kind} label={evidence.target.label} />
            <br />
            <span className="mono small quiet">
              <LabText text={evidence.target.path} />
            </span>
          </dd>
          <dt>{t`Compared`}</dt>
          <dd>{readBackWords(formatBytes(evidence.verifiedBytes), evidence)}</dd>
          <dt>{t`Checked`}</dt>
          <dd>{formatTime(new Date(evidence.checkedAt))}</dd>
          <dt>{t`Receipt`}</dt>
          <dd className="mono small">{evidence.receiptId}</dd>
          {evidence.mismatches.length > 0 && (
            <>
              <dt>{t`Differs at`}</dt>
              <dd>
                {evidence.mismatches.map((range) => (
                  <div key={range.offset}>
                    {formatCount(range.offset)}, {formatBytes(range.length)}
                  </div>
                ))}
              </dd>
            </>
          )}
        </dl>
      </div>
      <StepActions>
        <Button component="a" variant="default" href={addressOf({ page: 'node', node: evidence.node })}>
          <Trans>All cards of this node</Trans>
        </Button>
      </StepActions>
    </div>
  );
}
