import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onMachineWithPolkit, requirePolkit } from '../../rig/polkit.ts';
import type { LaunchAnswer, LaunchQuestion } from './launch-process.ts';
import { type StandInReport, standInWriter } from './stand-in-writer.ts';

const program = fileURLToPath(new URL('launch-process.ts', import.meta.url));
const helper = '/opt/Sifaka/resources/writer/sifaka-writer';
const nobody = 65_534;

/** A rule about our action and this user, and nothing else. */
function onlyOurs(result: 'YES' | 'NO'): string {
  return `if (action.id == 'org.sifaka.writer.run' && subject.user == 'nobody') return polkit.Result.${result};`;
}

describe('the writer is started through pkexec', () => {
  let home: string;
  let folder: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sifaka-pkexec-'));
    await chown(home, nobody, nobody);
    folder = join(home, 'private');
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, nobody, nobody);
    await writeFile(join(home, 'golden.img'), 'the golden image');
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function launch(options: {
    rule?: string;
    agent?: LaunchQuestion['agent'];
    setup?: 'polkitd' | 'nothing';
    exitCode?: number;
    stopsRunning?: boolean;
    as?: readonly string[];
  }): Promise<LaunchAnswer> {
    const question: LaunchQuestion = {
      ports: { node: '/nowhere/node', script: '/nowhere/writer.mjs', helper },
      folder,
      imagePath: join(home, 'golden.img'),
      drivePath: '/run/drive',
      agent: options.agent ?? 'none',
      stopsRunning: options.stopsRunning ?? false,
    };
    const printed = await onMachineWithPolkit({
      folder: join(home, 'machine'),
      writer: standInWriter({ exitCode: options.exitCode ?? 0, waits: options.stopsRunning ?? false }),
      rule: options.rule,
      setup: options.setup ?? 'polkitd',
      command: [...(options.as ?? []), process.execPath, program, JSON.stringify(question)],
    });
    return JSON.parse(printed);
  }

  async function report(): Promise<StandInReport | undefined> {
    const text = await readFile(join(folder, 'report.json'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  }

  it('as root, with the image as its stdin and nothing of the operator’s environment', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ rule: onlyOurs('YES') });
    expect(answer).toMatchObject({
      kind: 'pkexec',
      waiting: [expect.stringContaining('Waiting for permission')],
    });
    expect(answer.problem).toBeUndefined();
    const ran = await report();
    expect(ran).toMatchObject({ uid: 0, parameters: [folder], input: 'the golden image', inputIsFile: true });
    // The program that stands in for Node is a shell's, which sets PWD.
    expect(ran?.environment.filter((name) => name !== 'PWD')).toEqual(['PATH']);
  });

  it('and what it ends with is told', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ rule: onlyOurs('YES'), exitCode: 3 });
    expect(answer.problem).toMatchObject({
      code: 'WRITER_DIED',
      what: expect.stringContaining('exit code 3'),
    });
  });

  it('and is not ours to signal once it is root, which does no harm', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ rule: onlyOurs('YES'), stopsRunning: true });
    expect(answer).toMatchObject({ kind: 'pkexec' });
    expect(answer.problem).toBeUndefined();
  });

  it('for which an administrator is asked each time, with a message that says what for', async (context) => {
    await requirePolkit(context, program);
    const action = await onMachineWithPolkit({
      folder: join(home, 'machine'),
      writer: standInWriter({}),
      rule: undefined,
      command: ['pkaction', '--verbose', '--action-id', 'org.sifaka.writer.run'],
    });
    const fields = action.split('\n').map((line) => line.trim().replace(/:\s+/, ': '));
    expect(fields).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^message: Sifaka asks to use the drive .* erase it and write/),
        'implicit any: auth_admin',
        'implicit inactive: auth_admin',
        'implicit active: auth_admin',
        `annotation: org.freedesktop.policykit.exec.path -> ${helper}`,
      ]),
    );
    expect(action).not.toContain('allow_gui');
  });

  it('not when the answer is no', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ rule: onlyOurs('NO') });
    expect(answer.problem).toMatchObject({ code: 'ELEVATION_REFUSED', what: 'Permission was not given.' });
    expect(answer.problem?.state).toBe('Nothing was written.');
    expect(await report()).toBeUndefined();
  });

  it('not when the prompt is dismissed', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ agent: 'dismiss' });
    expect(answer.asked).toBe('org.sifaka.writer.run');
    expect(answer.problem).toMatchObject({
      code: 'ELEVATION_REFUSED',
      what: 'The request for permission was dismissed.',
    });
    expect(await report()).toBeUndefined();
  });

  it('not after it was stopped at an open prompt, which goes away with it', async (context) => {
    await requirePolkit(context, program);
    const answer = await launch({ agent: 'hold' });
    expect(answer).toMatchObject({ kind: 'pkexec', takenBack: true, problem: { code: 'WRITER_DIED' } });
    expect(await report()).toBeUndefined();
  });

  it.for([
    { machine: 'nobody can be asked', options: {} },
    { machine: 'there is no system bus', options: { setup: 'nothing' } },
    {
      machine: 'pkexec cannot become root',
      options: { rule: onlyOurs('YES'), as: ['setpriv', '--no-new-privs', '--'] },
    },
  ] as const)('but the command is told where $machine', async ({ options }, context) => {
    await requirePolkit(context, program);
    const answer = await launch(options);
    expect(answer.kind).toBe('sudo');
    expect(answer.problem).toBeUndefined();
    expect(answer.waiting.at(-1)?.split('\n').at(-1)).toMatch(
      new RegExp(`^(sudo )?${helper} ${folder} < ${join(home, 'golden.img')}$`),
    );
    expect(await report()).toBeUndefined();
  });
});
