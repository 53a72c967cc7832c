import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type {
  CommandContext,
  CommandResult,
  GlobalOptions,
  RunCommand,
} from '../../../electron/cli/command-context.ts';
import { createOutput } from '../../../electron/cli/output.ts';
import { createProgram } from '../../../electron/cli/program.ts';
import { asProblem, type Problem } from '../../../shared/problem.ts';

const newest = Date.UTC(2026, 10, 20, 14) / 1000;
const hour = 3600;
const rows = [0, 1, 26, 24 * 9, 24 * 40].map((hours, index) =>
  Object.assign(archiveAt(newest - hours * hour), { protected: index === 3, size: 1000 + index }),
);
const renamed = { ...rows[0], volid: 'nas:backup/vzdump-qemu-100-before-upgrade.vma.zst' };

function archiveAt(ctime: number) {
  return { volid: `nas:backup/vzdump-qemu-100-${stamp(ctime)}.vma.zst`, type: 'qemu', vmid: 100, ctime };
}

function stamp(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '_').replace('T', '-');
}

/** The command as the program runs it, without a process of its own. */
async function decide(args: readonly string[], input: unknown = [...rows, renamed]): Promise<CommandResult> {
  const bytes = typeof input === 'string' || input instanceof Uint8Array ? input : JSON.stringify(input);
  const results: CommandResult[] = [];
  const run: RunCommand = async (command, work) => {
    const context: CommandContext = {
      options: command.optsWithGlobals<GlobalOptions>(),
      output: createOutput({ json: false, stdout: new PassThrough(), stderr: new PassThrough() }),
      interrupts: { signal: new AbortController().signal, stateLeft: '', stop: () => undefined },
      environment: {},
      input: Readable.from(bytes.length === 0 ? [] : [bytes]),
      pageFolder: '/nowhere',
      now: () => new Date((newest + 60) * 1000),
      absolutePath: (path) => path,
    };
    results.push(await work(context));
  };
  await createProgram(run, '0').parseAsync(['node', 'sifaka', 'backups', 'retention', ...args]);
  const [result] = results;
  if (result === undefined) throw new Error('the command was not run');
  return result;
}

async function refused(args: readonly string[], input?: unknown): Promise<Problem> {
  const error: unknown = await decide(args, input).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const problem = asProblem(error);
  if (problem === undefined) throw new Error('it was not refused');
  return problem;
}

const outcome = (stdout: string) =>
  (JSON.parse(stdout) as { mark: string; rule: string }[]).map(({ mark, rule }) => `${mark} ${rule}`);

const times = (count: number, what: string) => Array.from({ length: count }, () => what);

describe('sifaka backups retention', () => {
  it('adds the safety unless told not to', async () => {
    const many = Array.from({ length: 6 }, (_, index) => ({
      volid: `nas:backup/vzdump-lxc-101-${stamp(newest - index * hour)}.tar.zst`,
      type: 'lxc',
      vmid: 101,
      ctime: newest - index * hour,
    }));
    const [first, ...others] = many;
    const rules = async (args: readonly string[], input: unknown = many) =>
      outcome((await decide(['--keep-last', '1', ...args], input)).text);
    expect(await rules([])).toEqual([
      'keep keep-last',
      ...times(2, 'keep maximum-share'),
      ...times(3, 'remove not-kept'),
    ]);
    expect(await rules(['--maximum-share', '0.2'])).toEqual([
      'keep keep-last',
      ...times(4, 'keep maximum-share'),
      'remove not-kept',
    ]);
    expect(await rules(['--pure'])).toEqual(['keep keep-last', ...times(5, 'remove not-kept')]);
    expect(await rules([], [{ ...first, verified: false }, ...others])).toEqual([
      'keep keep-last',
      'keep last-good',
      ...times(4, 'keep replacement-unverified'),
    ]);
    // Its clock was wrong: it stands for nothing that would go.
    expect(await rules([], [{ ...first, ctime: newest + 400 }, ...others])).toEqual([
      'keep keep-last',
      'keep last-good',
      ...times(4, 'keep replacement-unverified'),
    ]);
  });

  it('keeps everything where no option says a number', async () => {
    for (const args of [[], ['--keep-last', '0', '--keep-yearly', '0'], ['--keep-all']]) {
      const { text } = await decide(args);
      expect(outcome(text)).toEqual([
        'keep keep-all',
        'keep keep-all',
        'keep keep-all',
        'protected protected',
        'keep keep-all',
        'renamed renamed',
      ]);
    }
    expect((await decide(['--keep-last', '1'], '[]')).text).toBe('[]');
  });

  it('counts by the clocks of the time zone', async () => {
    const midnight = Date.UTC(2026, 10, 19, 15) / 1000;
    const around = [midnight - 1800, midnight + 1800].map(archiveAt);
    const days = ['--keep-daily', '9', '--pure'];
    expect(outcome((await decide([...days, '--timezone', 'Asia/Tokyo'], around)).text)).toEqual([
      'keep keep-daily',
      'keep keep-daily',
    ]);
    expect(outcome((await decide(days, around)).text)).toEqual(['remove not-kept', 'keep keep-daily']);
  });

  it("takes Proxmox's own list of a storage, and hands it on as it is", async () => {
    const list = [0, 1].map((index) => ({
      content: 'backup',
      ctime: newest - index * hour,
      format: 'vma.zst',
      size: 529,
      subtype: 'qemu',
      vmid: 100,
      volid: archiveAt(newest - index * hour).volid,
    }));
    const { text } = await decide(['--keep-last', '1', '--pure'], list);
    expect(JSON.parse(text)).toEqual([
      { ...list[0], mark: 'keep', rule: 'keep-last' },
      { ...list[1], mark: 'remove', rule: 'not-kept' },
    ]);
  });

  it('takes what Proxmox writes for yes and no', async () => {
    const [first, second] = rows;
    const list = [first, { ...second, protected: 1 }, { ...rows[2], protected: 0 }];
    expect(outcome((await decide(['--keep-last', '1', '--pure'], list)).text)).toEqual([
      'keep keep-last',
      'protected protected',
      'remove not-kept',
    ]);
  });

  const [first] = rows;
  it.each<[unknown, RegExp]>([
    ['', /nothing on stdin/],
    ['{"volid"', /no JSON/],
    ['{}', /no JSON array/],
    [Buffer.from([0x5b, 0xff, 0x5d]), /no text in UTF-8/],
    [[first, { ...first, type: 'openvz' }], /Row 2, type/],
    [[{ ...first, vmid: 99 }], /Row 1, vmid/],
    [[{ ...first, ctime: 1.5 }], /Row 1, ctime/],
    [[{ ...first, ctime: '2026-11-20' }], /Row 1, ctime/],
    [[{ ...first, protected: 'yes' }], /Row 1, protected/],
    [[null], /Row 1:/],
  ])('refuses %j', async (input, what) => {
    const { code, data } = await refused(['--keep-last', '1'], input);
    expect(code).toBe('INPUT_INVALID');
    expect(data.what).toMatch(what);
  });

  it.each([
    [['--keep-last', '-1']],
    [['--keep-last', 'many']],
    [['--keep-daily', '1.5']],
    [['--timezone', 'Madagascar/Antsirabe']],
    [['--maximum-share', '2']],
    [['--maximum-share', '0.5', '--pure']],
    [['--keep-all', '--keep-last', '1']],
  ])('refuses %j', async (args) => {
    expect((await refused(args)).code).toBe('INPUT_INVALID');
  });
});
