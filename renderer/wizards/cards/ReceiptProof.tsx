import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy, IconPrinter, IconRosetteDiscountCheck } from '@tabler/icons-react';
import type { Receipt } from '../../../shared/schemas/card.ts';
import { addressOf } from '../../app/route.ts';
import { BlockMap } from '../../components/BlockMap.tsx';
import { cellsOfRanges } from '../../components/cells-of-ranges.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { formatBytes, formatCount, formatDuration, formatExactBytes, formatTime } from '../../text/format.ts';
import { FileChanges } from './FileChanges.tsx';
import { freeFigure, freeSpaceFate } from './free-space-words.ts';
import { Figure } from './PlanReview.tsx';
import { readBackWords } from './read-back-words.ts';
import { startBurn } from './start-burn.ts';
import { TargetName } from './TargetName.tsx';

/** A receipt as one readable page: the next step first, then the evidence. */
export function ReceiptProof({ receipt }: { receipt: Receipt }) {
  return (
    <div className="wizard-step-body">
      <div className="step-content receipt">
        <StepHeading>
          <IconRosetteDiscountCheck size={24} aria-hidden="true" className="proof-mark" />{' '}
          <Trans>
            Proven: this card is <LabText text={receipt.node} />
          </Trans>
        </StepHeading>
        <section className="next-step panel" aria-labelledby="next-step">
          <h3 id="next-step">{t`Next`}</h3>
          <p>
            {receipt.ejected === true && <>{t`You can take it out: it was ejected.`} </>}
            <ServiceText text={receipt.nextStep} />
          </p>
        </section>
        <dl className="figures">
          <Figure label={t`Written`} value={<Bytes count={receipt.writtenBytes} />} />
          <Figure label={t`Read back and equal`} value={<Bytes count={receipt.verifiedBytes} />} />
          <Figure
            label={freeFigure(receipt.freeSpace)}
            value={
              <Bytes
                count={
                  receipt.freeSpace === 'keep'
                    ? receipt.skippedBytes
                    : Math.max(0, receipt.target.size - receipt.writtenBytes)
                }
              />
            }
          />
          <Figure label={t`Took`} value={formatDuration(seconds(receipt.startedAt, receipt.verifiedAt))} />
        </dl>
        <BlockMap
          cells={cellsOfRanges(receipt.ranges, receipt.image.size)}
          imageSize={receipt.image.size}
          freeSpace={receipt.freeSpace}
          progress={{ written: 1, verified: 1 }}
        />
        <dl className="facts panel receipt-facts">
          <dt>{t`Node`}</dt>
          <dd>
            <Trans>
              <LabText text={receipt.node} />, class <LabText text={receipt.nodeClass} />, hostname{' '}
              <LabText text={receipt.hostname} />
            </Trans>
          </dd>
          <dt>{t`Target`}</dt>
          <dd>
            <TargetName kind={receipt.target.kind} label={receipt.target.label} />,{' '}
            {formatExactBytes(receipt.target.size)}
            <br />
            <span className="mono small quiet">
              <LabText text={receipt.target.path} />
            </span>
          </dd>
          <dt>{t`Golden image`}</dt>
          <dd>
            <LabText text={receipt.image.name} />
            <br />
            <span className="mono small quiet">sha256:{receipt.image.fileSha256}</span>
          </dd>
          <dt>{t`Plan`}</dt>
          <dd className="mono small">sha256:{receipt.planDigest}</dd>
          <dt>{t`Started`}</dt>
          <dd>{formatTime(new Date(receipt.startedAt))}</dd>
          <dt>{t`Written`}</dt>
          <dd>{formatTime(new Date(receipt.writtenAt))}</dd>
          <dt>{t`Read back`}</dt>
          <dd>{readBackWords(formatTime(new Date(receipt.verifiedAt)), receipt)}</dd>
          <dt>{t`Free space`}</dt>
          <dd>{freeSpaceFate(receipt)}</dd>
          <dt>{t`Receipt`}</dt>
          <dd className="mono small">{receipt.id}</dd>
          <dt>{t`By`}</dt>
          <dd>
            Sifaka <LabText text={receipt.sifakaVersion} />
          </dd>
        </dl>
        <details className="receipt-details">
          <summary>{rangesReadBack(receipt.ranges.length)}</summary>
          <Ranges receipt={receipt} />
        </details>
        <details className="receipt-details">
          <summary>{entriesPut(receipt.changes.length)}</summary>
          <FileChanges changes={receipt.changes} />
        </details>
      </div>
      <StepActions>
        <CopyButton value={JSON.stringify(receipt, null, 2)}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={
                copied ? (
                  <IconCheck size={16} aria-hidden="true" />
                ) : (
                  <IconCopy size={16} aria-hidden="true" />
                )
              }
            >
              {copied ? t`Receipt copied` : t`Copy receipt as JSON`}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          leftSection={<IconPrinter size={16} aria-hidden="true" />}
          onClick={() => window.print()}
        >
          <Trans>Print</Trans>
        </Button>
        <Button component="a" variant="default" href={addressOf({ page: 'node', node: receipt.node })}>
          <Trans>All cards of this node</Trans>
        </Button>
        <Button className="push" onClick={() => startBurn(undefined)}>
          <Trans>Burn another card</Trans>
        </Button>
      </StepActions>
    </div>
  );
}

function Ranges({ receipt }: { receipt: Receipt }) {
  return (
    <div className="table-scroll range-table">
      <table className="data-table" aria-label={t`Ranges read back`}>
        <thead>
          <tr>
            <th scope="col" className="number">
              <Trans>Offset</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Length</Trans>
            </th>
            <th scope="col">{t`Digest`}</th>
          </tr>
        </thead>
        <tbody>
          {receipt.ranges.map((range) => (
            <tr key={range.offset}>
              <td className="number">{formatCount(range.offset)}</td>
              <td className="number">{formatCount(range.length)}</td>
              <td className="mono small">{range.digest}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rangesReadBack(ranges: number): string {
  const count = formatCount(ranges);
  return plural(ranges, {
    one: `${count} range read back, with digests`,
    other: `${count} ranges read back, with digests`,
  });
}

function entriesPut(entries: number): string {
  const count = formatCount(entries);
  return plural(entries, {
    one: `${count} entry put onto the card`,
    other: `${count} entries put onto the card`,
  });
}

function Bytes({ count }: { count: number }) {
  return <span title={formatExactBytes(count)}>{formatBytes(count)}</span>;
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
