import { Trans } from '@lingui/react/macro';
import { IconArrowRight } from '@tabler/icons-react';
import { LabText } from '../LabText.tsx';

/** `dell → hp`, and for those who do not see the arrow its word. */
export function DirectionName({ from, to }: { from: string; to: string }) {
  return (
    <span className="direction-name">
      <LabText text={from} />
      <IconArrowRight size={14} aria-hidden="true" />
      <span className="sr-only">
        <Trans>to</Trans>
      </span>
      <LabText text={to} />
    </span>
  );
}
