import {
  IconDatabase,
  IconDeviceSdCard,
  IconDeviceUsb,
  IconFileDatabase,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { LabText } from '../LabText.tsx';

const kinds: Record<Drive['kind'], { icon: TablerIcon; words: string }> = {
  card: { icon: IconDeviceSdCard, words: 'card in a slot' },
  usb: { icon: IconDeviceUsb, words: 'USB drive' },
  disk: { icon: IconDatabase, words: 'disk' },
  loop: { icon: IconFileDatabase, words: 'file that stands for a drive' },
};

export function DriveName({ drive }: { drive: Drive }) {
  const { icon: Icon, words } = kinds[drive.kind];
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
          'no serial number'
        ) : (
          <>
            serial{' '}
            <span className="mono">
              <LabText text={drive.serial} />
            </span>
          </>
        )}
      </span>
      {drive.readOnly && <span>write-protected</span>}
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
  const name = bus === 'unknown' ? 'unknown bus' : abbreviations.has(bus) ? bus.toUpperCase() : bus;
  return removable ? `${name}, removable` : name;
}
