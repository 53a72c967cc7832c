import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  IconDatabase,
  IconDeviceSdCard,
  IconDeviceUsb,
  IconFileDatabase,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { LabText } from '../LabText.tsx';

const kinds = (): Record<Drive['kind'], { icon: TablerIcon; words: string }> => ({
  card: { icon: IconDeviceSdCard, words: t`card in a slot` },
  usb: { icon: IconDeviceUsb, words: t`USB drive` },
  disk: { icon: IconDatabase, words: t`disk` },
  loop: { icon: IconFileDatabase, words: t`file that stands for a drive` },
});

export function DriveName({ drive }: { drive: Drive }) {
  const { icon: Icon, words } = kinds()[drive.kind];
  return (
    <>
      <Icon size={18} stroke={1.75} aria-label={words} className="drive-icon" />
      <LabText text={drive.label} />
    </>
  );
}

/** What tells a drive from the others, in one line: path, bus, serial. */
export function DriveFacts({ drive }: { drive: Drive }) {
  return (
    <span className="drive-facts">
      <span className="mono">
        <LabText text={drive.path} />
      </span>
      <span>
        <LabText text={busWords(drive)} />
      </span>
      <span>
        {drive.serial === undefined ? (
          <Trans>no serial number</Trans>
        ) : (
          <Trans>
            serial{' '}
            <span className="mono">
              <LabText text={drive.serial} />
            </span>
          </Trans>
        )}
      </span>
      {drive.readOnly && (
        <span>
          <Trans>write-protected</Trans>
        </span>
      )}
    </span>
  );
}

const abbreviations: ReadonlySet<string> = new Set([
  'usb',
  'mmc',
  'sd',
  'ata',
  'sata',
  'sas',
  'scsi',
  'nvme',
]);

function busWords({ bus, removable }: Drive): string {
  const name = bus === 'unknown' ? t`unknown bus` : abbreviations.has(bus) ? bus.toUpperCase() : bus;
  return removable ? t`${name}, removable` : name;
}
