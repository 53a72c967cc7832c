import { t } from '@lingui/core/macro';

/** Which plan it is: the job and the logbook name the same. */
export function PlanPrint({ digest }: { digest: string }) {
  return (
    <dl className="plan-print small">
      <dt>{t`Plan`}</dt>
      <dd className="mono">sha256:{digest}</dd>
    </dl>
  );
}
