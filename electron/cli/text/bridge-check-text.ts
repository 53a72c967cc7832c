import { formatAge } from '../../../shared/quantities.ts';
import type { BridgeCheck, CheckFinding, PairResult, TimerStatus } from '../../../shared/schemas/bridge.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';
import { wrapped } from './wrap.ts';

const columns = 100;

/** The matrix, one row for each node that sends, and below it what is wrong and what to run. */
export function checkText(check: BridgeCheck): string {
  const { passed, pairs, findings, mtu } = check;
  const through = pairs.filter((pair) => pair.passed).length;
  const verdict = passed
    ? `The bridge passed${findings.length === 0 ? '' : ', with warnings'}`
    : 'The bridge did not pass';
  return [
    matrixText(check),
    ...findings.map(findingText),
    '',
    `${verdict}: frames of ${mtu} bytes get through in ${through} of ${pairs.length} directions.`,
  ].join('\n');
}

function matrixText({ nodes, pairs }: BridgeCheck): string {
  const names = nodes.map(({ node }) => node);
  const rows = names.map((from) => [
    from,
    ...names.map((to) => cell(pairs.find((pair) => pair.from === from && pair.to === to))),
  ]);
  return tableText([{ title: 'FROM \\ TO' }, ...names.map((name) => ({ title: terminalText(name) }))], rows);
}

function cell(pair: PairResult | undefined): string {
  if (pair === undefined) return '·';
  const { passed, sent, received, latency, smallPasses, bitsPerSecond } = pair;
  const rate = bitsPerSecond === undefined ? '' : ` ${formatBitRate(bitsPerSecond)}`;
  if (passed) return `✓${latency === undefined ? '' : ` ${latency.average.toFixed(2)} ms`}${rate}`;
  if (sent === 0) return '✗ not tried';
  if (received > 0) return `✗ ${received} of ${sent}`;
  return smallPasses === true ? '✗ small only' : '✗';
}

function findingText({ severity, code, what, next }: CheckFinding): string {
  const lines = [`${severity === 'failure' ? 'FAILURE' : 'warning'} ${code}`, what, next];
  return [
    '',
    ...lines.flatMap((line, index) =>
      wrapped(terminalText(line), columns - 2).map((part) => (index === 0 ? part : `  ${part}`)),
    ),
  ].join('\n');
}

export function checkHistoryText(checks: readonly BridgeCheck[], now: Date): string {
  if (checks.length === 0) return 'The bridge was not checked on this machine yet: sifaka bridge check';
  return tableText(
    [
      { title: 'CHECK' },
      { title: 'WHEN' },
      { title: 'WHY' },
      { title: 'VERDICT' },
      { title: 'DIRECTIONS', align: 'right' },
      { title: 'FOUND' },
    ],
    checks.map(({ id, at, trigger, passed, pairs, findings }) => [
      id.slice(0, 8),
      formatAge(new Date(at), now),
      trigger,
      passed ? 'passed' : 'FAILED',
      `${pairs.filter((pair) => pair.passed).length}/${pairs.length}`,
      findings[0]?.what ?? '-',
    ]),
  );
}

export function timerText({
  available,
  installed,
  unit,
  everyMinutes,
  active,
  lingers,
}: TimerStatus): string {
  if (!installed)
    return available
      ? 'No timer checks the bridge of this lab: sifaka bridge timer install'
      : 'No timer checks the bridge of this lab, and your own systemd manager cannot be reached here.';
  const often = everyMinutes === undefined ? '' : ` every ${everyMinutes} minutes`;
  const runs = active ? `${unit} checks the bridge${often}.` : `${unit} is installed and does not run.`;
  const logs = `What it found: sifaka bridge checks; journalctl --user -u ${unit.replace('.timer', '.service')}`;
  const linger =
    lingers === true
      ? 'It also runs while you are logged out.'
      : 'It runs only while you are logged in, unless lingering is on: loginctl enable-linger';
  return [runs, linger, logs].map(terminalText).join('\n');
}

/** Rates of networks count in powers of ten. */
function formatBitRate(bitsPerSecond: number): string {
  const gigabits = bitsPerSecond / 1e9;
  return gigabits >= 1 ? `${gigabits.toFixed(1)} Gbit/s` : `${(bitsPerSecond / 1e6).toFixed(0)} Mbit/s`;
}
