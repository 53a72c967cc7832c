import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconAlertTriangle, IconEraser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CardPlan, PlannedCard, Target } from '../../../shared/schemas/card.ts';
import { BlockMap } from '../../components/BlockMap.tsx';
import { LabText } from '../../components/LabText.tsx';
import { formatBytes, formatDuration, formatCount, formatExactBytes, formatTime } from '../../text/format.ts';
import { Contents } from './Contents.tsx';
import { FileChanges } from './FileChanges.tsx';
import { freeFigure, freeSpacePlan } from './free-space-words.ts';
import { planWarningWords } from './plan-warning-words.ts';
import { TargetName } from './TargetName.tsx';
import './plan-review.css';

/** A plan as an operator reads it: what is lost, what is written, every file that is put in, and the small print. */
export function PlanReview({ planned }: { planned: PlannedCard }) {
  const { plan, digest } = planned;
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
          <h3 id="review-erases">{erases ? t`What will be erased` : t`What will be created`}</h3>
          <p>
            <Erasure target={plan.target} />
          </p>
          <dl className="review-target">
            <dt>{t`Target`}</dt>
            <dd>
              <TargetName kind={plan.target.kind} label={plan.target.label} /> ·{' '}
              {plan.target.kind === 'drive' ? (
                // Its label has the rounded size.
                formatExactBytes(plan.target.size)
              ) : (
                <span title={formatExactBytes(plan.target.size)}>{formatBytes(plan.target.size)}</span>
              )}
            </dd>
            <dt>{t`Path`}</dt>
            <dd className="mono">
              <LabText text={plan.target.path} />
            </dd>
            {plan.target.kind === 'drive' && (
              <>
                <dt>{t`Identity`}</dt>
                <dd className="mono small">
                  <LabText text={plan.target.identity} />
                </dd>
                <dt>{t`Free space`}</dt>
                <dd>{freeSpacePlan(plan.freeSpace)}</dd>
              </>
            )}
          </dl>
        </div>
      </section>
      {plan.warnings.length > 0 && (
        <ul className="review-warnings panel" aria-label={t`Warnings`}>
          {plan.warnings.map((warning) => (
            <li key={warning.code}>
              <IconAlertTriangle size={16} aria-label={t`Warning`} />
              <span>{planWarningWords(warning)}</span>
            </li>
          ))}
        </ul>
      )}
      <section className="section" aria-labelledby="review-writes">
        <h3 id="review-writes">{t`What will be written`}</h3>
        <dl className="figures">
          <Figure label={t`Golden image`} value={<LabText text={plan.image.name} />} />
          <Figure label={t`Image size`} value={formatBytes(plan.image.size)} />
          <Figure
            label={t`To write and read back`}
            value={formatBytes(plan.write.mappedBytes + plan.write.injectedBytes)}
          />
          <Figure
            label={freeFigure(plan.freeSpace)}
            value={formatBytes(
              Math.max(
                0,
                (plan.freeSpace === 'keep' ? plan.image : plan.target).size - plan.write.mappedBytes,
              ),
            )}
          />
          <Figure label={t`Estimated time`} value={formatDuration(plan.write.estimatedSeconds)} />
        </dl>
        <BlockMap cells={plan.write.cells} imageSize={plan.image.size} freeSpace={plan.freeSpace} />
      </section>
      <section className="section" aria-labelledby="review-files">
        <h3 id="review-files">{whatMakesIt(plan.hostname)}</h3>
        <p className="quiet">{changesInShort(plan)}.</p>
        <FileChanges changes={plan.changes} />
      </section>
      <dl className="small-print small quiet">
        <dt>{t`Plan`}</dt>
        <dd className="mono">sha256:{digest}</dd>
        <dt>{t`Image file`}</dt>
        <dd className="mono">sha256:{plan.image.fileSha256}</dd>
        <dt>{t`Raw image`}</dt>
        <dd className="mono">sha256:{plan.image.rawSha256}</dd>
        <dt>{t`Times on the card`}</dt>
        <dd>{sameTimes(formatTime(new Date(plan.clock)))}</dd>
      </dl>
    </>
  );
}

/** `CardPlan.erases`, in the page's language. */
function Erasure({ target }: { target: Target }) {
  return target.kind === 'new-file' ? (
    <Trans>
      Nothing: <LabText text={target.path} /> is a new file.
    </Trans>
  ) : (
    <Trans>
      Everything on <TargetName kind={target.kind} label={target.label} />. On it now:{' '}
      <Contents text={target.contents} />.
    </Trans>
  );
}

function whatMakesIt(hostname: string): string {
  return t`What makes it ${hostname}`;
}

function changesInShort({ changes, write }: CardPlan): string {
  const entries = changes.length;
  const count = formatCount(entries);
  const secret = changes.filter((change) => change.secret).length;
  const replaced = changes.filter((change) => change.replaces).length;
  const parts = [
    plural(entries, { one: `${count} entry`, other: `${count} entries` }),
    formatBytes(write.injectedBytes),
  ];
  if (secret > 0) parts.push(t`${secret} secret`);
  if (replaced > 0) parts.push(t`${replaced} in place of something on the golden image`);
  return parts.join(', ');
}

function sameTimes(time: string): string {
  return t`${time}, the same at every burn of this plan`;
}

export function Figure({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
