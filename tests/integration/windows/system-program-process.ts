import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { appendFileSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commandLineToArguments } from './command-line-to-arguments.ts';
import type { Behaviour, Moment } from './windows-machine.ts';

/**
 * Stands in for powershell.exe and icacls.exe: it answers the scripts that are known, by what makes each of them what it
 * is, in the form their own sources give, and refuses every other.
 */
export async function run(folder: string, [, program = '', ...parameters]: readonly string[]): Promise<void> {
  const behaviour: Behaviour = JSON.parse(readFileSync(join(folder, 'behaviour.json'), 'utf8'));
  const note = (event: string, detail: object = {}) =>
    appendFileSync(join(folder, 'events.jsonl'), `${JSON.stringify({ event, ...detail })}\n`);
  if (basename(program) === 'icacls.exe') {
    return note('icacls', { parameters, found: readdirSync(parameters[0] ?? '') });
  }
  const script = scriptOf(parameters);
  note('powershell', { parameters, names: Object.keys(process.env).toSorted() });
  if (script.includes('Get-Disk')) {
    process.stdout.write(readFileSync(join(folder, 'get-disk.json')));
  } else if (script.includes("Verb = 'runas'")) {
    await elevate(folder, behaviour, note);
  } else if (script.includes('[SifakaVolumes]::Run(')) {
    await holdVolumes(folder, behaviour, note);
  } else {
    throw new Error('an unknown script');
  }
}

/** Of about_PowerShell_exe: the text after -Command, or UTF-16 in base64 after -EncodedCommand. */
function scriptOf(parameters: readonly string[]): string {
  const [plain, encoded] = ['-Command', '-EncodedCommand'].map((name) => parameters.indexOf(name));
  if (plain !== undefined && plain >= 0) return parameters[plain + 1] ?? '';
  return Buffer.from(parameters[(encoded ?? 0) + 1] ?? '', 'base64').toString('utf16le');
}

type Note = (event: string, detail?: object) => void;

async function elevate(folder: string, { elevation = 'yes', clock }: Behaviour, note: Note): Promise<void> {
  const [program = '', text = ''] = [process.env['SIFAKA_PROGRAM'], process.env['SIFAKA_PARAMETERS']];
  note('elevation asked', { program, text });
  if (elevation === 'nothing') {
    // Until it is ended from outside.
    setInterval(() => undefined, 60_000);
    await new Promise(() => undefined);
  }
  if (elevation !== 'yes') {
    process.stdout.write(`{"notStarted":${elevation}}\r\n`);
    process.exitCode = 1;
    return;
  }
  const pretend = fileURLToPath(new URL('pretended-process.ts', import.meta.url));
  // An elevated process inherits no handle, no environment and no folder; only the last is needed for the names here.
  const child = spawn(program, ['--import', pretend, ...commandLineToArguments(text)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      SystemRoot: join(folder, 'Windows'),
      PRETEND_REPORT: join(folder, 'reached.jsonl'),
      ...(clock === undefined ? {} : { PRETEND_CLOCK: clock }),
    },
  });
  process.stdout.write('{"started":true}\r\n');
  await new Promise<void>((ended) => {
    child.once('close', (code) => {
      process.stdout.write(`{"ended":${code ?? -1}}\r\n`);
      ended();
    });
  });
}

async function holdVolumes(
  folder: string,
  { volumes = '{"locked":2}', medium }: Behaviour,
  note: Note,
): Promise<void> {
  note('volumes asked', { disk: process.env['SIFAKA_DISK'] });
  process.stdout.write(`${volumes}\r\n`);
  if (!volumes.includes('locked')) return;
  note('volumes locked');
  const disk = join(folder, `\\\\.\\PhysicalDrive${process.env['SIFAKA_DISK']}`);
  const hasCome = mediumMoment(disk, medium?.at);
  for await (const command of createInterface({ input: process.stdin })) {
    if (command === 'eject') {
      note('eject');
      process.stdout.write('{"ejected":true}\r\n');
      continue;
    }
    const isOver = hasCome();
    if (isOver && medium?.is === 'gone') process.exit(1);
    process.stdout.write(`{"mediaChanges":${isOver ? 4 : 3}}\r\n`);
  }
  note('volumes unlocked');
}

/** Answers at each question whether the moment has come. */
function mediumMoment(disk: string, at: Moment | undefined): () => boolean {
  if (at === undefined) return () => false;
  if (typeof at === 'number') {
    let times = 0;
    return () => {
      times += 1;
      return times >= at;
    };
  }
  if (at === 'written') {
    const before = lastWritten(disk);
    return () => lastWritten(disk) !== before;
  }
  // Also when what is written there is what the last burn has left.
  const descriptor = openSync(disk, 'r+');
  const before = randomFillSync(Buffer.alloc(512));
  writeSync(descriptor, before, 0, before.length, at.written);
  const now = Buffer.alloc(before.length);
  return () => {
    readSync(descriptor, now, 0, now.length, at.written);
    return !now.equals(before);
  };
}

/** In nanoseconds. */
function lastWritten(disk: string): bigint {
  return statSync(disk, { bigint: true }).mtimeNs;
}
