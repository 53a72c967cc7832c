import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy, IconPrinter, IconRosetteDiscountCheck } from '@tabler/icons-react';
import type { Receipt } from '../../../shared/schemas/card.ts';
import { freeSpaceFate } from '../../../shared/free-space.ts';
import { cacheNote } from '../../../shared/read-back.ts';
import { addressOf } from '../../app/route.ts';
import { BlockMap } from '../../components/BlockMap.tsx';
import { cellsOfRanges } from '../../components/cells-of-ranges.ts';
import { LabText } from '../../components/LabText.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatExactBytes,
  formatQuantity,
  formatTime,
} from '../../text/format.ts';
import { FileChanges } from './FileChanges.tsx';
import { Figure, freeFigures } from './PlanReview.tsx';
import { startBurn } from './start-burn.ts';

/** A receipt as one readable page: the next step first, then the evidence. */
export function ReceiptProof({ receipt }: { receipt: Receipt }) {
  return (
    <div className="wizard-step-body">
      <div className="step-content receipt">
        <StepHeading>
          <IconRosetteDiscountCheck size={24} aria-hidden="true" className="proof-mark" /> Proven: this card
          is <LabText text={receipt.node} />
        </StepHeading>
        <section className="next-step panel" aria-labelledby="next-step">
          <h3 id="next-step">Next</h3>
          <p>
            {receipt.ejected === true && 'You can take it out: it was ejected. '}
            <LabText text={receipt.nextStep} />
          </p>
        </section>
        <dl className="figures">
          <Figure label="Written" value={<Bytes count={receipt.writtenBytes} />} />
          <Figure label="Read back and equal" value={<Bytes count={receipt.verifiedBytes} />} />
          <Figure
            label={freeFigures[receipt.freeSpace]}
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
          <Figure label="Took" value={formatDuration(seconds(receipt.startedAt, receipt.verifiedAt))} />
        </dl>
        <BlockMap
          cells={cellsOfRanges(receipt.ranges, receipt.image.size)}
          imageSize={receipt.image.size}
          freeSpace={receipt.freeSpace}
          progress={{ written: 1, verified: 1 }}
        />
        <dl className="facts panel receipt-facts">
          <dt>Node</dt>
          <dd>
            <LabText text={receipt.node} />, class <LabText text={receipt.nodeClass} />, hostname{' '}
            <LabText text={receipt.hostname} />
          </dd>
          <dt>Target</dt>
          <dd>
            <LabText text={receipt.target.label} />, {formatExactBytes(receipt.target.size)}
            <br />
            <span className="mono small quiet">
              <LabText text={receipt.target.path} />
            </span>
          </dd>
          <dt>Golden image</dt>
          <dd>
            <LabText text={receipt.image.name} />
            <br />
            <span className="mono small quiet">sha256:{receipt.image.fileSha256}</span>
          </dd>
          <dt>Plan</dt>
          <dd className="mono small">sha256:{receipt.planDigest}</dd>
          <dt>Started</dt>
          <dd>{formatTime(new Date(receipt.startedAt))}</dd>
          <dt>Written</dt>
          <dd>{formatTime(new Date(receipt.writtenAt))}</dd>
          <dt>Read back</dt>
          <dd>
            {formatTime(new Date(receipt.verifiedAt))}
            {cacheNote(receipt)}
          </dd>
          <dt>Free space</dt>
          <dd>{freeSpaceFate(receipt)}</dd>
          <dt>Receipt</dt>
          <dd className="mono small">{receipt.id}</dd>
          <dt>By</dt>
          <dd>
            Sifaka <LabText text={receipt.sifakaVersion} />
          </dd>
        </dl>
        <details className="receipt-details">
          <summary>{formatQuantity(receipt.ranges.length, 'range')} read back, with digests</summary>
          <Ranges receipt={receipt} />
        </details>
        <details className="receipt-details">
          <summary>{formatQuantity(receipt.changes.length, 'entry', 'entries')} put onto the card</summary>
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
              {copied ? 'Receipt copied' : 'Copy receipt as JSON'}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          leftSection={<IconPrinter size={16} aria-hidden="true" />}
          onClick={() => window.print()}
        >
          Print
        </Button>
        <Button component="a" variant="default" href={addressOf({ page: 'node', node: receipt.node })}>
          All cards of this node
        </Button>
        <Button className="push" onClick={() => startBurn(undefined)}>
          Burn another card
        </Button>
      </StepActions>
    </div>
  );
}

function Ranges({ receipt }: { receipt: Receipt }) {
  return (
    <div className="table-scroll range-table">
      <table className="data-table" aria-label="Ranges read back">
        <thead>
          <tr>
            <th scope="col" className="number">
              Offset
            </th>
            <th scope="col" className="number">
              Length
            </th>
            <th scope="col">Digest</th>
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

function Bytes({ count }: { count: number }) {
  return <span title={formatExactBytes(count)}>{formatBytes(count)}</span>;
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
