import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asNobody, requireNobody } from '../../rig/polkit-nobody.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import type { LaunchAnswer, LaunchQuestion } from './launch-process.ts';
import { type StandInReport, standInWriter } from './stand-in-writer.ts';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('launch-process.ts', import.meta.url));

/** Names that a shell would take apart, run, or take for something else. */
const nasty = `it's "one" $(touch ran) \`touch ran\` \\ \\\\ *?[a] ~ !x #; & | > <é\\'`;

function commandIn(printed: string): { answer: LaunchAnswer; command: string } {
  const answer: LaunchAnswer = JSON.parse(printed);
  return { answer, command: answer.waiting.at(-1)?.split('\n').at(-1) ?? '' };
}

describe('without rights and without polkit, the operator is told a command', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sifaka-sudo-'));
    await chmod(home, 0o755);
    await writeFile(join(home, 'drive'), '', { mode: 0o600 });
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function ask(names: { folder: string; script: string; image: string | undefined }) {
    const folder = join(home, names.folder);
    const script = join(home, names.script);
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, 65_534, 65_534);
    await writeFile(script, standInWriter({}));
    const imagePath = names.image === undefined ? undefined : join(home, names.image);
    if (imagePath !== undefined) await writeFile(imagePath, 'the golden image');
    const question: LaunchQuestion = {
      ports: { node: process.execPath, script, helper: undefined },
      folder,
      imagePath,
      drivePath: join(home, 'drive'),
      agent: 'none',
    };
    const [first, ...rest] = [...asNobody, process.execPath, program, JSON.stringify(question)];
    const printed = await execute(first, rest, { cwd: home }).catch((error: unknown) => ({
      stdout: String(error),
    }));
    return { folder, printed: printed.stdout };
  }

  it.for([
    { shell: 'sh', before: [] },
    { shell: 'bash', before: [] },
    { shell: 'busybox', before: ['sh'] },
  ])('that $shell runs as it was meant, whatever the names hold', async ({ shell, before }, context) => {
    requireNobody(context, program);
    requireTools(context, shell);
    const { folder, printed } = await ask({
      folder: `-private ${nasty}`,
      // Node itself runs no module whose path holds a backslash.
      script: `${nasty.replaceAll('\\', '')}.mjs`,
      image: `${nasty}.img`,
    });
    const { answer, command } = commandIn(printed);
    expect(answer.kind).toBe('sudo');
    expect(answer.waiting).toHaveLength(1);
    await execute(shell, [...before, '-c', command.replace(/^sudo /, '')], { cwd: home });
    const report: StandInReport = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ parameters: [folder], input: 'the golden image', inputIsFile: true });
    await expect(readFile(join(home, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('with nothing to read when there is no image', async (context) => {
    requireNobody(context, program);
    const { folder, printed } = await ask({ folder: 'private', script: 'writer.mjs', image: undefined });
    const { command } = commandIn(printed);
    await execute('sh', ['-c', command.replace(/^sudo /, '')], { cwd: home });
    expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toMatchObject({ input: '' });
  });

  it('through sudo where there is one, and as root where there is none', async (context) => {
    requireNobody(context, program);
    const { printed } = await ask({ folder: 'private', script: 'writer.mjs', image: 'golden.img' });
    const { answer, command } = commandIn(printed);
    const sudo = isOnPath('sudo');
    expect(command.startsWith('sudo /')).toBe(sudo);
    expect(answer.waiting[0]?.includes('`su -`')).toBe(!sudo);
  });

  it.for([
    { what: 'a line break', name: 'two\nlines' },
    { what: 'a terminal escape', name: 'clear\u001b[2J' },
    { what: 'text that runs backwards', name: 'gpj.\u202egnirts' },
  ])('but not with $what in it', async ({ name }, context) => {
    requireNobody(context, program);
    const { printed } = await ask({ folder: name, script: 'writer.mjs', image: 'golden.img' });
    expect(printed).toContain('ELEVATION_UNAVAILABLE');
  });
});
