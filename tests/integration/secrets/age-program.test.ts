import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { bytes, text, withPlace, writeLabFile } from './secret-fixtures.ts';

/** Against FiloSottile's age, as Debian ships it. */

test('age opens what was sealed here, with the identity made here', async (context) => {
  requireTools(context, 'age');
  await withPlace(async (place) => {
    const store = place.store();
    await store.createIdentity({});
    await store.seal('token', bytes('from here'), { replace: false });
    const sealed = place.labFile('metis/secrets/token.age');
    expect(
      execFileSync('age', ['--decrypt', '--identity', place.identityFile, sealed], { encoding: 'utf8' }),
    ).toBe('from here');
  });
});

test('what age sealed is opened here, armored and binary, with an identity of age-keygen', async (context) => {
  requireTools(context, 'age', 'age-keygen');
  await withPlace(async (place) => {
    const identityFile = join(place.root, 'keys.txt');
    execFileSync('age-keygen', ['-o', identityFile], { stdio: 'pipe' });
    await chmod(identityFile, 0o600);
    const recipient = execFileSync('age-keygen', ['-y', identityFile], { encoding: 'utf8' });
    await writeLabFile(place, 'metis/secrets/recipients.txt', recipient);
    const store = place.store({ identityFile });
    expect(await store.identityState()).toBe('ready');
    for (const form of [['--armor'], []]) {
      const args = ['--encrypt', ...form, '-R', place.labFile('metis/secrets/recipients.txt')];
      await writeLabFile(
        place,
        'metis/secrets/token.age',
        execFileSync('age', args, { input: 'from there' }),
      );
      expect(text(await store.open('token'))).toBe('from there');
    }
    await store.seal('back', bytes('and back'), { replace: false });
    const sealed = place.labFile('metis/secrets/back.age');
    expect(execFileSync('age', ['-d', '-i', identityFile, sealed], { encoding: 'utf8' })).toBe('and back');
  });
});

test('an identity that age -p sealed is unlocked here, and one sealed here by age', async (context) => {
  // age asks for passphrases on a terminal only: script(1) gives it one.
  requireTools(context, 'age', 'age-keygen', 'script');
  await withPlace(async (place) => {
    const plain = join(place.root, 'keys.txt');
    const identityFile = join(place.root, 'keys.age');
    execFileSync('age-keygen', ['-o', plain], { stdio: 'pipe' });
    onTerminal(`age -p -o '${identityFile}' '${plain}'`, ['pass phrase', 'pass phrase']);
    await chmod(identityFile, 0o600);
    const store = place.store({ identityFile });
    expect(await store.identityState()).toBe('locked');
    await store.unlock('pass phrase');
    expect(await store.identityState()).toBe('ready');

    const ours = place.store();
    await ours.createIdentity({ passphrase: 'other phrase' });
    const opened = join(place.root, 'opened.txt');
    onTerminal(`age -d -o '${opened}' '${place.identityFile}'`, ['other phrase']);
    expect(await readFile(opened, 'utf8')).toMatch(/^# public key: age1.*\nAGE-SECRET-KEY-1/);
    await writeFile(opened, '');
  });
});

function onTerminal(command: string, lines: readonly string[]): void {
  execFileSync('script', ['-qec', command, '/dev/null'], {
    input: `${lines.join('\n')}\n`,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}
