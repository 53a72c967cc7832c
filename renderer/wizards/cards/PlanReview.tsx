import { IconAlertTriangle, IconEraser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { freeSpacePlans } from '../../../shared/free-space.ts';
import type { FreeSpace, PlannedCard } from '../../../shared/schemas/card.ts';
import { BlockMap } from '../../components/BlockMap.tsx';
import { LabText } from '../../components/LabText.tsx';
import {
  formatBytes,
  formatDuration,
  formatExactBytes,
  formatQuantity,
  formatTime,
} from '../../text/format.ts';
import { FileChanges } from './FileChanges.tsx';
import './plan-review.css';

/** A plan as an operator reads it: what is lost, what is written, every file that is put in, and the small print. */
export function PlanReview({ planned }: { planned: PlannedCard }) {
  const { plan, digest } = planned;
  const secrets = plan.changes.filter((change) => change.secret).length;
  const replaced = plan.changes.filter((change) => change.replaces).length;
  const erases = plan.target.kind !== 'new-file';
  return (
    <>
      <section
        className="review-erases panel"
        data-erases={erases || undefined}
        aria-labelledby="review-erases"
      >
        <IconEraser size={20} aria-hidden="true" />
        <div>
          <h3 id="review-erases">{erases ? 'What will be erased' : 'What will be created'}</h3>
          <p>
            <LabText text={plan.erases} />
          </p>
          <dl className="review-target">
            <dt>Target</dt>
            <dd>
              <LabText text={plan.target.label} /> ·{' '}
              {plan.target.kind === 'drive' ? (
                // Its label has the rounded size.
                formatExactBytes(plan.target.size)
              ) : (
                <span title={formatExactBytes(plan.target.size)}>{formatBytes(plan.target.size)}</span>
              )}
            </dd>
            <dt>Path</dt>
            <dd className="mono">
              <LabText text={plan.target.path} />
            </dd>
            {plan.target.kind === 'drive' && (
              <>
                <dt>Identity</dt>
                <dd className="mono small">
                  <LabText text={plan.target.identity} />
                </dd>
                <dt>Free space</dt>
                <dd>{freeSpacePlans[plan.freeSpace]}</dd>
              </>
            )}
          </dl>
        </div>
      </section>
      {plan.warnings.length > 0 && (
        <ul className="review-warnings panel" aria-label="Warnings">
          {plan.warnings.map((warning) => (
            <li key={warning}>
              <IconAlertTriangle size={16} aria-label="Warning" />
              <LabText text={warning} />
            </li>
          ))}
        </ul>
      )}
      <section className="section" aria-labelledby="review-writes">
        <h3 id="review-writes">What will be written</h3>
        <dl className="figures">
          <Figure label="Golden image" value={<LabText text={plan.image.name} />} />
          <Figure label="Image size" value={formatBytes(plan.image.size)} />
          <Figure
            label="To write and read back"
            value={formatBytes(plan.write.mappedBytes + plan.write.injectedBytes)}
          />
          <Figure
            label={freeFigures[plan.freeSpace]}
            value={formatBytes(
              Math.max(
                0,
                (plan.freeSpace === 'keep' ? plan.image : plan.target).size - plan.write.mappedBytes,
              ),
            )}
          />
          <Figure label="Estimated time" value={formatDuration(plan.write.estimatedSeconds)} />
        </dl>
        <BlockMap cells={plan.write.cells} imageSize={plan.image.size} freeSpace={plan.freeSpace} />
      </section>
      <section className="section" aria-labelledby="review-files">
        <h3 id="review-files">What makes it {plan.hostname}</h3>
        <p className="quiet">
          {formatQuantity(plan.changes.length, 'entry', 'entries')}, {formatBytes(plan.write.injectedBytes)}
          {secrets > 0 && `, ${secrets} secret`}
          {replaced > 0 && `, ${replaced} in place of something on the golden image`}.
        </p>
        <FileChanges changes={plan.changes} />
      </section>
      <dl className="small-print small quiet">
        <dt>Plan</dt>
        <dd className="mono">sha256:{digest}</dd>
        <dt>Image file</dt>
        <dd className="mono">sha256:{plan.image.fileSha256}</dd>
        <dt>Raw image</dt>
        <dd className="mono">sha256:{plan.image.rawSha256}</dd>
        <dt>Times on the card</dt>
        <dd>{formatTime(new Date(plan.clock))}, the same at every burn of this plan</dd>
      </dl>
    </>
  );
}

/** What is not in use is counted on the image where it is left alone, and on the whole drive where it is not. */
export const freeFigures: Readonly<Record<FreeSpace, string>> = {
  keep: 'Skipped, free on the image',
  discard: 'Discarded, free on the drive',
  overwrite: 'Overwritten, free on the drive',
};

export function Figure({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
