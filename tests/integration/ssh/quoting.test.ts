import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../../../electron/services/ssh/posix-quote.ts';
import { shellScript } from '../../../electron/services/ssh/run-command.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { runOn, SshWorld } from './ssh-world.ts';

/** What shells make something of, and everything else. */
const hostile = fc.oneof(
  fc.constantFrom(...'\'"\\$`!\n\r\t *?[]{}()<>|&;#~=%-^,\u0001\u001b\u007fé'.split('')),
  fc.constantFrom("'\\''", '$(id)', '${IFS}', '--', '-n', '%s', '\\0', 'a'),
);
const word = fc
  .array(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((text) => text.isWellFormed());
const words = fc.array(word, { minLength: 1, maxLength: 8 });

describe('words as a command line', () => {
  it.for([
    { program: 'dash', parameters: ['-c'] },
    { program: 'busybox', parameters: ['sh', '-c'] },
    { program: 'bash', parameters: ['-c'] },
  ])('are the same words again in $program, whatever is in them', ({ program, parameters }, context) => {
    requireTools(context, program);
    fc.assert(
      fc.property(words, (argv) => {
        const line = commandLine(['printf', String.raw`%s\0`, ...argv]);
        const printed = execFileSync(program, [...parameters, line], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(argv);
      }),
      { numRuns: 150 },
    );
  });

  it('have no NUL, no half characters, and a length that Linux takes', () => {
    expect(() => commandLine(['a\0b'])).toThrow(TypeError);
    expect(() => commandLine(['\ud800'])).toThrow(TypeError);
    expect(() => commandLine(['x'.repeat(200_000)])).toThrow(RangeError);
  });
});

describe('on a node', () => {
  let world: SshWorld;
  beforeEach((context) => {
    requireTools(context, 'sshd', 'ssh-keygen', 'busybox');
    world = new SshWorld();
  });
  afterEach(() => world?.remove());

  it('any arguments come back as they were given, to a command and to a script on stdin', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const script = String.raw`printf '%s\0' "$@"`;
    await fc.assert(
      fc.asyncProperty(words, async (argv) => {
        const command = await runOn(open, 'baobab', { argv: ['printf', String.raw`%s\0`, ...argv] });
        expect(command.stdout.toString().split('\0').slice(0, -1)).toEqual(argv);
        expect(command.stderr.toString()).toBe('');
        const scripted = await runOn(open, 'baobab', shellScript(script, ...argv));
        expect(scripted.stdout.toString().split('\0').slice(0, -1)).toEqual(argv);
      }),
      { numRuns: 40 },
    );
  });

  it('whose login shell is busybox, and prints a greeting of its own, too', async () => {
    const server = await world.sshd({
      settings: [`ForceCommand echo welcome; echo loud >&2; exec busybox sh -c "$SSH_ORIGINAL_COMMAND"`],
    });
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const argv = ["it's", '$HOME', 'a\nb', ''];
    const { stdout, stderr } = await runOn(open, 'baobab', { argv: ['printf', String.raw`%s\0`, ...argv] });
    expect(stdout.toString()).toBe(`${argv.join('\0')}\0`);
    expect(stderr.toString()).toBe('');
  });
});
