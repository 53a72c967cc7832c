import { t } from '@lingui/core/macro';
import { Radio } from '@mantine/core';
import type { FreeSpace } from '../../../shared/schemas/card.ts';
import { formatBytes, formatDuration } from '../../text/format.ts';

/** Bytes per second of an ordinary card, for a promise that is rather too long than too short. */
const slowWriteRate = 20e6;
const slowReadRate = 40e6;

/** What becomes of what the card does not use, which still holds the old contents. */
export function FreeSpaceChoice(props: {
  size: number;
  canDiscard: boolean;
  chosen: FreeSpace;
  onChoose: (choice: FreeSpace) => void;
}) {
  const { size } = props;
  const everything = formatBytes(size);
  const duration = formatDuration(Math.ceil((size / slowWriteRate + size / slowReadRate) / 60) * 60);
  const choices: { value: FreeSpace; label: string; meaning: string; off?: boolean }[] = [
    {
      value: 'keep',
      label: t`Keep it`,
      meaning: t`The fastest. Keys and passwords of what was on it before stay there, and can be read by whoever gets the card.`,
    },
    {
      value: 'discard',
      label: t`Let the drive discard it`,
      meaning: props.canDiscard
        ? t`Takes seconds. Most drives then show nothing of the old secrets, but nothing proves that they are gone.`
        : t`This drive, or the reader it is in, cannot discard.`,
      off: !props.canDiscard,
    },
    {
      value: 'overwrite',
      label: t`Overwrite it and read it back`,
      meaning: t`Old secrets are overwritten with zeros, and that is proven. All ${everything} are written and read: up to about ${duration}, depending on the card.`,
    },
  ];
  return (
    <fieldset className="choices free-space">
      <legend>{t`What becomes of the space the card does not use?`}</legend>
      {choices.map(({ value, label, meaning, off }) => (
        <Radio
          key={value}
          name="free-space"
          size="xs"
          checked={props.chosen === value}
          disabled={off ?? false}
          onChange={() => props.onChoose(value)}
          label={label}
          description={meaning}
        />
      ))}
    </fieldset>
  );
}
