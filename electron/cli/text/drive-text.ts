import { basename } from 'node:path';
import { formatBytes } from '../../../shared/quantities.ts';
import type { Target } from '../../../shared/schemas/card.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';
import { wrapped } from './wrap.ts';

const columns = 100;

/** What a card can be written onto, and below it what is there and not offered, each with its reasons. */
export function drivesText(real: readonly Drive[], virtual: readonly Target[]): string {
  const offered = real.filter((drive) => drive.offered);
  const refused = real.filter((drive) => !drive.offered);
  const parts = [offeredText(offered, virtual)];
  if (refused.length > 0) parts.push(['Not offered:', ...refused.map(refusedText)].join('\n'));
  return parts.join('\n\n');
}

/** The name a virtual drive is chosen by. */
export function virtualName({ path }: Pick<Target, 'path'>): string {
  return `virtual:${basename(path, '.img')}`;
}

function offeredText(offered: readonly Drive[], virtual: readonly Target[]): string {
  if (offered.length + virtual.length === 0) {
    return [
      'No drive is there that a card can be written onto.',
      'Plug one in; `sifaka drives --watch` shows it when it comes.',
      '`sifaka drives create NAME --size 8GB` makes a virtual one.',
    ].join('\n');
  }
  const rows = [
    ...offered.map((drive) => [
      drive.path,
      formatBytes(drive.size),
      drive.bus,
      drive.model,
      drive.serial ?? '-',
      drive.contents,
    ]),
    ...virtual.map((drive) => [
      virtualName(drive),
      formatBytes(drive.size),
      'file',
      'virtual drive',
      '-',
      drive.contents,
    ]),
  ];
  return tableText(
    [
      { title: 'DRIVE' },
      { title: 'SIZE', align: 'right' },
      { title: 'BUS' },
      { title: 'MODEL' },
      { title: 'SERIAL' },
      { title: 'HOLDS' },
    ],
    rows,
  );
}

/** `/dev/sda  Samsung SSD 870, 500 GB, sata`, and below it why. */
function refusedText(drive: Drive): string {
  const what = [drive.model, ...(drive.size > 0 ? [formatBytes(drive.size)] : []), drive.bus];
  const reasons = drive.reasons.flatMap((reason) => wrapped(terminalText(reason), columns - 4));
  return [
    `  ${terminalText(`${drive.path}  ${what.join(', ')}`)}`,
    ...reasons.map((line) => `    ${line}`),
  ].join('\n');
}
