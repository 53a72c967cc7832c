import type { BackupOverview, Coverage, CoverageState } from '../../../shared/schemas/backup-overview.ts';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatQuantity,
  formatTime,
} from '../../../shared/quantities.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { factsText, indent, tableText } from './table.ts';
import { timeText } from './units.ts';
import { wrapped } from './wrap.ts';

const stateWords: Record<CoverageState, string> = {
  bad: 'BAD',
  unknown: 'UNKNOWN',
  warning: 'warning',
  good: 'good',
  excluded: 'excluded',
};

const offsiteWords: Record<Coverage['offsite'], string> = {
  verified: 'verified',
  pending: 'not finished',
  failed: 'FAILED',
  missing: 'MISSING',
  none: '-',
  unknown: 'unknown',
};

const checksumWords: Record<Coverage['checksum'], string> = {
  passed: 'read again',
  failed: 'FAILED',
  known: 'known',
  never: 'none',
};

/** More would scroll the table away; a single guest's reasons are a command of their own. */
const explainedRows = 10;
const columns = 100;

/** All guests, the worst first, why the worst of them are not good, and what belongs to none. */
export function overviewText(overview: BackupOverview, now: Date): string {
  const { rows, discoveredAt, policy, ghosts, orphans, nodes, targets, forecasts } = overview;
  const head = [
    summaryText(rows),
    discoveredAt === undefined
      ? 'The nodes were never asked. Next: sifaka backups discover'
      : `The nodes were asked ${timeText(discoveredAt, now)}.`,
    ...(policy === 'missing' ? ['The lab has no backups/policy.yaml: no rule backs anything up.'] : []),
  ];
  const wrong = rows.filter(({ state }) => state === 'bad' || state === 'unknown');
  const parts = [
    head.join('\n'),
    rows.length === 0 ? '' : rowsText(rows, now),
    ...wrong.slice(0, explainedRows).map((row) => reasonsText(row)),
    wrong.length > explainedRows
      ? `${wrong.length - explainedRows} more are bad or unknown: sifaka backups status GUEST says why.`
      : '',
    gapsText(nodes, targets),
    belongingsText(ghosts, orphans),
    forecastText(forecasts, now),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function summaryText(rows: readonly Coverage[]): string {
  const count = (state: CoverageState) => rows.filter((row) => row.state === state).length;
  const said = (['good', 'warning', 'unknown', 'bad', 'excluded'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state === 'warning' ? 'with a warning' : state}`);
  return rows.length === 0
    ? 'No guest is known.'
    : `${formatQuantity(rows.length, 'guest')}: ${said.join(', ')}.`;
}

function rowsText(rows: readonly Coverage[], now: Date): string {
  return tableText(
    [
      { title: 'STATE' },
      { title: 'GUEST' },
      { title: 'NAME' },
      { title: 'LAST GOOD' },
      { title: 'SIZE', align: 'right' },
      { title: 'COPIES' },
      { title: 'DIGEST' },
      { title: 'RESTORE TEST' },
      { title: 'NEXT RUN' },
      { title: 'WHY' },
    ],
    rows.map((row) => [
      stateWords[row.state],
      `${row.guest.node}/${row.guest.vmid}`,
      row.guest.name ?? '-',
      row.lastGoodAt === undefined ? 'never' : formatAge(new Date(row.lastGoodAt), now),
      sizeText(row),
      offsiteWords[row.offsite],
      checksumWords[row.checksum],
      testText(row, now),
      row.nextRunAt === undefined ? '-' : inText(row.nextRunAt, now),
      codesText(row),
    ]),
  );
}

function sizeText({ sizes }: Coverage): string {
  const last = sizes.at(-1);
  return last === undefined ? '-' : formatBytes(last.bytes);
}

function testText({ restoreTest }: Coverage, now: Date): string {
  if (restoreTest === undefined) return '-';
  const age = formatAge(new Date(restoreTest.at), now);
  return restoreTest.passed ? `passed ${age}` : `FAILED ${age}`;
}

function inText(at: string, now: Date): string {
  const seconds = Math.max(0, (Date.parse(at) - now.getTime()) / 1000);
  return seconds > 172_800
    ? `in ${formatQuantity(Math.round(seconds / 86_400), 'day')}`
    : `in ${formatDuration(Math.floor(seconds / 60) * 60)}`;
}

function codesText({ reasons }: Coverage): string {
  const [first, ...more] = reasons;
  if (first === undefined) return '';
  return more.length === 0 ? first.code : `${first.code} and ${more.length} more`;
}

function reasonsText({ guest, reasons }: Coverage): string {
  const name = guest.name === undefined ? '' : ` ${guest.name}`;
  const lines = reasons.flatMap(({ code, what, next }) => [
    ...wrapped(`${code}: ${terminalText(what)}`, columns),
    ...wrapped(`next: ${terminalText(next)}`, columns).map((line) => `  ${line}`),
  ]);
  return `${terminalText(`${guest.node}/${guest.vmid}${name}`)}\n${indent(lines.join('\n'), 2)}`;
}

/** One guest with everything that its row shows. */
export function guestText(row: Coverage, now: Date): string {
  const { guest, state, rule, windowHours, lastGoodAt, lastArchive, nextRunAt, nextPrune, gaps } = row;
  const facts: [string, string][] = [
    ['state', stateWords[state]],
    ['rule', rule === undefined ? 'none' : `${rule}, a success every ${windowHours} h`],
    ['last good', lastGoodAt === undefined ? 'never' : timeText(lastGoodAt, now)],
    ['newest', lastArchive ?? '-'],
    ['size', sizeText(row)],
    ['archives', `${formatQuantity(row.archives, 'archive')}, ${formatBytes(row.bytes)}`],
    ['copies', offsiteWords[row.offsite]],
    [
      'digest',
      `${checksumWords[row.checksum]}${row.checkedAt === undefined ? '' : ` ${timeText(row.checkedAt, now)}`}`,
    ],
    [
      'restore test',
      row.restoreTest === undefined ? 'never' : `${testText(row, now)}: ${row.restoreTest.detail}`,
    ],
    [
      'next run',
      nextRunAt === undefined ? '-' : `${formatTime(new Date(nextRunAt))}, ${inText(nextRunAt, now)}`,
    ],
    [
      'next prune',
      nextPrune === undefined
        ? 'nothing to remove'
        : `${nextPrune.archive}: ${nextPrune.why} (${formatQuantity(nextPrune.count, 'archive')} in all)`,
    ],
    ...gaps.map(({ from, to, hours }): [string, string] => [
      'gap',
      `${formatDuration(hours * 3600)} without a success, from ${timeText(from, now)} to ${timeText(to, now)}`,
    ]),
  ];
  const why = row.reasons.length === 0 ? '' : `\n\n${reasonsText(row)}`;
  const name = guest.name === undefined ? '' : ` ${guest.name}`;
  return `${terminalText(`${guest.node}/${guest.vmid}${name}`)}\n${factsText(facts)}${why}`;
}

function gapsText(nodes: BackupOverview['nodes'], targets: BackupOverview['targets']): string {
  const silent = nodes.filter(({ state }) => state !== 'answered');
  const lost = targets.filter(({ state }) => state !== 'ready');
  return [
    ...silent.map(({ node, state, problem }) =>
      terminalText(`${node}: ${state === 'silent' ? 'NO ANSWER' : 'NO PROXMOX'}. ${problem?.what ?? ''}`),
    ),
    ...lost.map(({ target, state, problem }) =>
      terminalText(`target ${target}: ${state.toUpperCase()}. ${problem?.what ?? ''}`),
    ),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

function belongingsText(ghosts: BackupOverview['ghosts'], orphans: BackupOverview['orphans']): string {
  const lines = [
    ...ghosts.map(({ type, vmid, name, archives, bytes }) =>
      terminalText(
        `gone: ${type}/${vmid}${name === undefined ? '' : ` ${name}`} is gone, and ${formatQuantity(archives, 'archive')} of it (${formatBytes(bytes)}) ${archives === 1 ? 'is' : 'are'} there.`,
      ),
    ),
    ...orphans.slice(0, 20).map(({ archive, why }) => terminalText(`of no guest: ${archive}: ${why}`)),
  ];
  if (orphans.length > 20) lines.push(`and ${orphans.length - 20} more files of no guest: see --json`);
  return lines.join('\n');
}

function forecastText(forecasts: BackupOverview['forecasts'], now: Date): string {
  if (forecasts.length === 0) return '';
  return tableText(
    [
      { title: 'PLACE' },
      { title: 'ARCHIVES', align: 'right' },
      { title: 'FREE', align: 'right' },
      { title: 'A DAY', align: 'right' },
      { title: 'FULL' },
    ],
    forecasts.map(({ place, usedBytes, availableBytes, bytesPerDay, fullAt }) => [
      place,
      formatBytes(usedBytes),
      availableBytes === undefined ? '-' : formatBytes(availableBytes),
      bytesPerDay === undefined ? '-' : `${bytesPerDay < 0 ? '-' : '+'}${formatBytes(Math.abs(bytesPerDay))}`,
      fullAt === undefined ? '-' : inText(fullAt, now),
    ]),
  );
}
