import type { Capability, SessionLog } from '../../shared/contract/session.ts';
import { asProblem } from '../../shared/problem.ts';
import { formatBytes } from '../../shared/quantities.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { terminalLines } from '../../shared/terminal-text.ts';
import type { Clock } from './clock.ts';
import { platformWords } from './platform-words.ts';
import { withoutUserName } from './redact-places.ts';
import { redact } from './redact.ts';

export interface DiagnosticsParts {
  readonly version: string;
  readonly clock: Clock;
  doctor(): Promise<readonly Capability[]>;
  readonly drives: { list(): Promise<readonly Drive[]> };
  readLog(limit: number): Promise<SessionLog>;
}

const shownEntries = 200;
/** Characters of a section. What a hosting site takes in one comment is 65 536; with the log's newest part it fits. */
const longestSection = 40_000;
/** A drive that is dying answers late or never, and that is when diagnostics are wanted. */
const patience = 20_000;
/** Characters; what is shorter is part of too many words. */
const shortestOwn = 4;

/**
 * A text for a report of a bug. What could tell whose machine it is, or which card somebody has, is not in it: no serial
 * numbers, no names of volumes, the home folder as `~`, the user's name in a path as `[user]`; and it is redacted.
 */
export function createDiagnostics(parts: DiagnosticsParts): (door: string) => Promise<string> {
  return async (door) => {
    const [machine, drives, log] = await Promise.all([
      section('This machine', async () => capabilityLines(await parts.doctor())),
      section('Drives', async () => (await parts.drives.list()).flatMap(driveLines)),
      section('Log', async () => logLines(await parts.readLog(shownEntries))),
    ]);
    const head = [
      'Sifaka diagnostics',
      'Read it before you share it: what looked like a secret was taken out, but only you know what is one.',
      '',
      `Version   ${parts.version}`,
      `Platform  ${platformWords()}`,
      `Opened    ${door}`,
      `Made at   ${parts.clock.now().toISOString()}`,
    ].join('\n');
    const text = [head, machine, drives, log].join('\n\n');
    return terminalLines(withoutUserName(redact(text, undefined)));
  };
}

async function section(title: string, look: () => Promise<string[]>): Promise<string> {
  const lines = await inTime(look()).catch((error: unknown) => [
    `(could not be found out: ${asProblem(error)?.code ?? 'INTERNAL'})`,
  ]);
  const words = lines.length === 0 ? '  (nothing)' : lines.map((line) => `  ${line}`).join('\n');
  // The end is what is newest.
  const fitting = words.length > longestSection ? `  […]\n${words.slice(-longestSection)}` : words;
  return `${title}\n${fitting}`;
}

async function inTime(lines: Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((done) => {
    timer = setTimeout(() => done([`(no answer in ${patience / 1000} s)`]), patience);
  });
  try {
    return await Promise.race([lines, late]);
  } finally {
    clearTimeout(timer);
  }
}

function capabilityLines(capabilities: readonly Capability[]): string[] {
  return capabilities.map(({ ok, required, label, detail }) => {
    const mark = ok ? 'ok     ' : required ? 'MISSING' : 'without';
    return `${mark}  ${label}: ${detail}`;
  });
}

function driveLines(drive: Drive): string[] {
  const { serial = '', cid = '', identity, parts } = drive;
  const anonymous = (text: string) =>
    [
      [serial, '[serial]'],
      [cid, '[serial]'],
      [identity, '[identity]'],
      ...parts.map(({ label = '' }) => [label, '[volume]']),
    ]
      .filter(([own = '']) => own.length >= shortestOwn)
      .reduce((safe, [own = '', instead = '']) => safe.replaceAll(own, instead), text);
  const facts = [drive.kind, drive.bus, formatBytes(drive.size), drive.model].map(anonymous).join(', ');
  return [
    `${drive.path}  ${facts}; ${drive.offered ? 'offered' : 'not offered:'}`,
    ...drive.reasons.map((reason) => `    ${anonymous(reason)}`),
  ];
}

function logLines({ file, entries, more }: SessionLog): string[] {
  const lines = entries.flatMap(({ at, pid, text }) =>
    [at, pid, text]
      .filter((part) => part !== undefined)
      .join(' ')
      .split('\n'),
  );
  return [`${file}${more ? ', its newest part' : ''}`, ...lines];
}
