import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogEntry, parseEntries } from '../../../electron/services/log-entry.ts';
import { createLogFile } from '../../../electron/services/log-file.ts';
import { readNewestEntries } from '../../../electron/services/log-lines.ts';
import { redactedLog } from '../../../electron/services/log.ts';

const run = promisify(execFile);
const onWindows = process.platform === 'win32';
const clock = { now: () => new Date('2026-11-21T02:00:00.000Z') };

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-log-'));
  file = join(folder, 'sifaka.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const logTo = (to: string, largestBytes?: number) =>
  createLogFile({
    file: to,
    clock,
    about: 'Sifaka 1.2.3',
    ...(largestBytes === undefined ? {} : { largestBytes }),
  });

function entriesOf(path: string): LogEntry[] {
  return parseEntries(readFileSync(path, 'utf8'), { cut: false });
}

function writers(count: number, each: number, largest: number): Promise<unknown> {
  const program = join(import.meta.dirname, 'log-writer-process.ts');
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      run(process.execPath, [program, file, String(largest), `w${index}`, String(each)]),
    ),
  );
}

describe('the log file', () => {
  it('is made with the first line, for its owner alone, and appended to', () => {
    const log = logTo(file);
    expect(existsSync(file)).toBe(false);
    log.line('one');
    log.line('two\nof it');
    logTo(file).line('of another process');
    expect(entriesOf(file).map(({ text }) => text)).toEqual([
      'Sifaka 1.2.3',
      'one',
      'two\nof it',
      'Sifaka 1.2.3',
      'of another process',
    ]);
    expect(entriesOf(file)[1]).toEqual({ at: '2026-11-21T02:00:00.000Z', pid: process.pid, text: 'one' });
    if (!onWindows) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.skipIf(onWindows)('is taken back from everybody when somebody opened it to them', () => {
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    logTo(file).line('one');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is begun anew when it is too large, and one former file is kept', () => {
    const log = logTo(file, 1000);
    for (let index = 0; index < 100; index += 1) log.line(`line ${index} ${'x'.repeat(50)}`);
    expect(readdirSync(folder).toSorted()).toEqual(['sifaka.log', 'sifaka.log.1']);
    expect(statSync(`${file}.1`).size).toBeLessThan(1200);
    expect(statSync(file).size).toBeLessThan(1200);
    if (!onWindows) expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = [...entriesOf(`${file}.1`), ...entriesOf(file)].map(({ text }) => text.split(' ')[1]);
    expect(kept.at(-1)).toBe('99');
    expect(kept).toEqual(
      Array.from({ length: kept.length }, (_, index) => String(100 - kept.length + index)),
    );
  });

  it('keeps every entry whole when several processes write at once', async () => {
    await writers(4, 250, 1 << 30);
    const texts = entriesOf(file).map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith('about'))).toHaveLength(4);
    for (const name of ['w0', 'w1', 'w2', 'w3']) {
      const own = texts.filter((text) => text.startsWith(`${name} `));
      expect(own).toEqual(
        Array.from({ length: 250 }, (_, index) => `${name} ${index}\n${name} ${index} end`),
      );
    }
    expect(statSync(file).size).toBe(entriesOf(file).reduce((sum, entry) => sum + bytesOf(entry), 0));
  });

  it('is begun anew by one of several processes at a time', async () => {
    const over = new AbortController();
    const formerSizes = new Map<number, number>();
    const watching = (async () => {
      for (; !over.signal.aborted; await new Promise(setImmediate)) {
        const former = statSync(`${file}.1`, { throwIfNoEntry: false });
        if (former) formerSizes.set(former.ino, former.size);
      }
    })();
    await writers(4, 2000, 1000);
    over.abort();
    await watching;
    expect(readdirSync(folder).filter((name) => !/^sifaka\.log(\.1)?$/.test(name))).toEqual([]);
    // Two that find the file too large at once would move the new, small one over the former.
    expect(formerSizes.size).toBeGreaterThan(0);
    expect(Math.min(...formerSizes.values())).toBeGreaterThan(1000);
    for (const { text } of entriesOf(`${file}.1`)) expect(text).toMatch(/^(about w\d|(w\d \d+)\n\2 end)$/);
  });

  it('is begun anew although a process died in doing so', () => {
    writeFileSync(`${file}.rotating`, '');
    const log = logTo(file, 100);
    for (let index = 0; index < 10; index += 1) log.line(`line ${index} ${'x'.repeat(50)}`);
    expect(existsSync(`${file}.1`)).toBe(false);
    utimesSync(`${file}.rotating`, 1, 1);
    log.line('another');
    log.line('and one');
    expect(readdirSync(folder).toSorted()).toEqual(['sifaka.log.1']);
  });
});

describe('a log that cannot be written', () => {
  const places: readonly [string, () => void | Promise<unknown>][] = [
    ['its folder is missing', () => rm(folder, { recursive: true })],
    ['a folder has its name', () => mkdirSync(file)],
    [
      'it is a link to another file',
      () => {
        writeFileSync(join(folder, 'victim'), 'before');
        symlinkSync(join(folder, 'victim'), file);
      },
    ],
    [
      'it is another name of a file',
      () => {
        writeFileSync(join(folder, 'victim'), 'before');
        linkSync(join(folder, 'victim'), file);
      },
    ],
    ['it is a pipe nobody reads', () => run('mkfifo', [file])],
    ['it is a device', () => symlinkSync('/dev/full', file)],
  ];
  it.skipIf(onWindows).each(places)('is no reason to fail: %s', async (_why, make) => {
    await make();
    const log = logTo(file, 10);
    log.line('one');
    log.line('two');
    const victim = join(folder, 'victim');
    if (existsSync(victim)) expect(readFileSync(victim, 'utf8')).toBe('before');
  });

  it.skipIf(onWindows)('is no reason to fail: nobody reads stderr any more', async () => {
    const script = `
      const { standardErrorLog } = await import(${JSON.stringify(resolve('electron/services/log.ts'))});
      await new Promise((done) => process.stdin.once('data', done));
      for (let index = 0; index < 10; index += 1) {
        standardErrorLog.line('x'.repeat(100_000));
        await new Promise((done) => setTimeout(done, 5));
      }
      process.stdout.write('alive');
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.stderr.destroy();
    child.stdin.end('go');
    const code = await new Promise((done) => child.once('close', done));
    expect([code, said]).toEqual([0, 'alive']);
  });
});

describe('what is read of it', () => {
  it('is nothing when there is none, and the newest when there is more than is asked for', async () => {
    expect(await readNewestEntries(file, 10)).toMatchObject({ entries: [], more: false });
    const log = logTo(file, 600);
    for (let index = 0; index < 20; index += 1) log.line(`line ${index} ${'x'.repeat(20)}`);
    const { entries, more } = await readNewestEntries(file, 12);
    expect(entries.map(({ text }) => text.split(' ')[1])).toEqual(
      Array.from({ length: 12 }, (_, index) => String(8 + index)),
    );
    expect(more).toBe(true);
  });

  it('is bounded, however large the file is', async () => {
    writeFileSync(file, `${'no entry of ours '.repeat(100_000)}\n`);
    const log = logTo(file, 1 << 30);
    for (let index = 0; index < 50; index += 1) log.line('y'.repeat(20_000));
    const { entries, more } = await readNewestEntries(file, 1000);
    expect(more).toBe(true);
    expect(JSON.stringify(entries).length).toBeLessThan(256 * 1024);
    expect(Math.max(...entries.map(({ text }) => text.length))).toBeLessThan(4100);
  });

  it('is redacted, whoever wrote it, and has no control characters', async () => {
    redactedLog(logTo(file)).line('password=PLANTED \u001b[2J');
    writeFileSync(file, 'another wrote token=PLANTED\u202e\n', { flag: 'a' });
    expect(readFileSync(file, 'utf8').split('\n')[1]).toMatch(/password=\[redacted\]$/);
    const { entries } = await readNewestEntries(file, 10);
    expect(JSON.stringify(entries)).not.toContain('PLANTED');
    expect(entries.at(-1)).toEqual({ text: 'another wrote token=[redacted]' });
  });

  it.skipIf(onWindows)('is not what a link in its place leads to, and nothing is waited for', async () => {
    writeFileSync(join(folder, 'other'), 'private');
    symlinkSync(join(folder, 'other'), file);
    await expect(readNewestEntries(file, 10)).rejects.toMatchObject({ code: 'ELOOP' });
    await rm(file);
    await run('mkfifo', [file]);
    expect(await readNewestEntries(file, 10)).toMatchObject({ entries: [] });
  });
});

function bytesOf({ at, pid, text }: LogEntry): number {
  return Buffer.byteLength(`${at} ${pid} ${text.replaceAll('\n', '\n    ')}\n`);
}
