import type { Coverage, CoverageReason } from '../../../../shared/schemas/backup-overview.ts';
import type { BackupCopy } from '../../../../shared/schemas/backup-record.ts';
import type { GuestCase, PlacedBackup } from './guest-case.ts';
import { reason } from './reason.ts';

type Offsite = Coverage['offsite'];

export interface CopiesView {
  readonly offsite: Offsite;
  readonly reasons: readonly CoverageReason[];
}

/** The worst of the targets is what a row shows. */
const worst: readonly Offsite[] = ['failed', 'missing', 'unknown', 'pending', 'verified'];

/** Whether the newest backup is at each target that the policy wants it at. */
export function copiesView(one: GuestCase): CopiesView {
  const targets = one.rule?.targets ?? [];
  if (targets.length === 0) return { offsite: 'none', reasons: [] };
  const views = targets.map((target) => copyView(one, target));
  return {
    offsite: worst.find((state) => views.some(({ offsite }) => offsite === state)) ?? 'unknown',
    reasons: views.flatMap(({ reasons }) => reasons),
  };
}

function copyView(one: GuestCase, target: string): CopiesView {
  const { current, facts, seen, address } = one;
  const place = `target:${target}`;
  const known = facts.manifest?.targets.find((found) => found.target === target);
  const view = seen.view(place);
  const ofTarget: CoverageReason[] = [];
  if (view.state === 'unusable')
    ofTarget.push(
      reason(
        known?.state === 'unmounted' || known?.state === 'not-set-up'
          ? 'TARGET_UNMOUNTED'
          : 'TARGET_UNREACHABLE',
        known === undefined
          ? `The policy wants copies at ${target}, which the cluster file does not have, or which was not looked at yet.`
          : `The target ${target} could not be looked at: ${view.why}`,
        known?.problem?.next ?? `sifaka backups targets, then sifaka backups discover`,
      ),
    );
  if (current === undefined) return { offsite: 'missing', reasons: ofTarget };
  const copy = current.record?.copies.find((found) => found.target === target);
  const placed = one.placed(current).find((found) => found.place === place);
  const own = ofCopy(one, target, copy, placed);
  if (own !== undefined) return { offsite: own.offsite, reasons: [...ofTarget, ...own.reasons] };
  if (placed === undefined)
    return {
      offsite: 'missing',
      reasons: [
        ...ofTarget,
        reason(
          'COPY_MISSING',
          `${current.name} was never copied to ${target}.`,
          `sifaka backups run ${address}`,
        ),
      ],
    };
  if (copy === undefined)
    return {
      offsite: 'unknown',
      reasons: [
        ...ofTarget,
        reason(
          'NOT_VERIFIED',
          `${target} has ${current.name}, and no record says that it was compared.`,
          `sifaka backups verify --guest ${address}`,
        ),
      ],
    };
  if (ofTarget.length > 0) return { offsite: 'unknown', reasons: ofTarget };
  if (placed.presence === 'unseen')
    return {
      offsite: 'unknown',
      reasons: [
        reason(
          'TARGET_UNREACHABLE',
          `${current.name} should be at ${target}, where nobody could look.`,
          'sifaka backups discover',
        ),
      ],
    };
  return { offsite: 'verified', reasons: ofTarget };
}

function ofCopy(
  { current, address, when }: GuestCase,
  target: string,
  copy: BackupCopy | undefined,
  placed: PlacedBackup | undefined,
): CopiesView | undefined {
  const name = current?.name ?? '';
  const again = `sifaka backups run ${address}`;
  if (placed?.presence === 'differs')
    return {
      offsite: 'failed',
      reasons: [reason('COPY_DIFFERS', `The copy of ${name} at ${target} has another size.`, again)],
    };
  if (placed?.presence === 'gone')
    return {
      offsite: 'missing',
      reasons: [reason('COPY_MISSING', `${name} was copied to ${target}, and is not there any more.`, again)],
    };
  if (copy?.state === 'pending')
    return {
      offsite: 'pending',
      reasons: [reason('RUN_UNFINISHED', `The copy of ${name} to ${target} was not finished.`, again)],
    };
  if (copy?.state !== 'failed') return undefined;
  const codes = {
    TARGET_UNREACHABLE: 'TARGET_UNREACHABLE',
    TARGET_UNMOUNTED: 'TARGET_UNMOUNTED',
    COPY_MISMATCH: 'COPY_DIFFERS',
  } as const;
  const { problem } = copy;
  const code = Object.entries(codes).find(([found]) => found === problem?.code)?.[1] ?? 'COPY_FAILED';
  const at = copy.at === undefined ? '' : ` ${when(copy.at)}`;
  return {
    offsite: 'failed',
    reasons: [
      reason(
        code,
        `Copying ${name} to ${target} failed${at}.${problem === undefined ? '' : ` ${problem.what}`}`,
        problem?.next ?? again,
      ),
    ],
  };
}
