import { Button } from '@mantine/core';
import { IconAlertTriangle, IconRosetteDiscountCheck } from '@tabler/icons-react';
import type { CardEvidence } from '../../../shared/schemas/card.ts';
import { cacheNote } from '../../../shared/read-back.ts';
import { addressOf } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { formatBytes, formatCount, formatTime } from '../../text/format.ts';

/** What a later reading of the card found, against its receipt. */
export function EvidenceProof({ evidence }: { evidence: CardEvidence }) {
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>
          {evidence.matches ? (
            <>
              <IconRosetteDiscountCheck size={24} aria-hidden="true" className="proof-mark" /> Proven again:
              this card is still <LabText text={evidence.node} />
            </>
          ) : (
            <>
              <IconAlertTriangle size={24} aria-hidden="true" className="differs-mark" /> This card differs
              from its receipt
            </>
          )}
        </StepHeading>
        <section className="next-step panel" data-differs={!evidence.matches || undefined} aria-label="Next">
          <h3>Next</h3>
          <p>
            {evidence.matches
              ? 'It can be put in and powered on. After its first boot the node changes it, and it no longer compares.'
              : 'If the node has booted from it, this is expected. If not, do not use it: burn it again, and suspect the card.'}
          </p>
        </section>
        <dl className="facts panel receipt-facts">
          <dt>Target</dt>
          <dd>
            <LabText text={evidence.target.label} />
            <br />
            <span className="mono small quiet">
              <LabText text={evidence.target.path} />
            </span>
          </dd>
          <dt>Compared</dt>
          <dd>
            {formatBytes(evidence.verifiedBytes)}
            {cacheNote(evidence)}
          </dd>
          <dt>Checked</dt>
          <dd>{formatTime(new Date(evidence.checkedAt))}</dd>
          <dt>Receipt</dt>
          <dd className="mono small">{evidence.receiptId}</dd>
          {evidence.mismatches.length > 0 && (
            <>
              <dt>Differs at</dt>
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
          All cards of this node
        </Button>
      </StepActions>
    </div>
  );
}
