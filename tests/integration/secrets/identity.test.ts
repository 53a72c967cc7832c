import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { describe, expect, test } from 'vitest';
import {
  bytes,
  expectProblem,
  type Place,
  quickWorkFactor,
  text,
  withPlace,
  writeIdentity,
  writeLabFile,
} from './secret-fixtures.ts';

const onWindows = process.platform === 'win32';
const recipientsFile = 'metis/secrets/recipients.txt';

async function passphraseFile(
  content: string,
  passphrase: string,
  workFactor = quickWorkFactor,
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return await encrypter.encrypt(content);
}

async function recipients(place: Place): Promise<string> {
  return await readFile(place.labFile(recipientsFile), 'utf8');
}

describe('making an identity', () => {
  test('a plain one, mode 0600, in the form of age-keygen, and its recipient in the lab', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      expect(await store.identityState()).toBe('none');
      const made = await store.createIdentity({});
      expect(made.file).toBe(place.identityFile);
      const content = await readFile(place.identityFile, 'utf8');
      expect(content).toMatch(/^# public key: age1[a-z0-9]{58}\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/);
      expect(content).toContain(made.recipient);
      if (!onWindows) expect((await stat(place.identityFile)).mode & 0o777).toBe(0o600);
      expect((await recipients(place)).split('\n')).toContain(made.recipient);
      expect(await place.store().identityState()).toBe('ready');
      expect(await readdir(join(place.identityFile, '..'))).toEqual(['identity.txt']);
    });
  });

  test('one with a passphrase: ready for who made it, locked for the next process, nothing of it in clear', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      await store.createIdentity({ passphrase: 'correct horse battery' });
      expect(await store.identityState()).toBe('ready');
      await store.seal('token', bytes('value'), { replace: false });
      const content = await readFile(place.identityFile, 'utf8');
      expect(content).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
      expect(content).not.toContain('AGE-SECRET-KEY');
      const next = place.store();
      expect(await next.identityState()).toBe('locked');
      await expectProblem(next.open('token'), 'IDENTITY_LOCKED');
      await expectProblem(next.unlock('incorrect horse'), 'IDENTITY_LOCKED', 'incorrect horse');
      expect(await next.identityState()).toBe('locked');
      await next.unlock('correct horse battery');
      expect(await next.identityState()).toBe('ready');
      expect(text(await next.open('token'))).toBe('value');
    });
  });

  test('never over one that is there, and never two at once', async () => {
    await withPlace(async (place) => {
      const results = await Promise.allSettled(
        [1, 2, 3].map(async () => await place.store().createIdentity({})),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const before = await readFile(place.identityFile, 'utf8');
      await expectProblem(place.store().createIdentity({}), 'IDENTITY_EXISTS');
      await writeIdentity(place.identityFile, '');
      await expectProblem(
        place.store().createIdentity({ passphrase: 'planted-9a' }),
        'IDENTITY_EXISTS',
        'planted-9a',
      );
      expect(await readFile(place.identityFile, 'utf8')).toBe('');
      await writeIdentity(place.identityFile, before);
      expect(await place.store().identityState()).toBe('ready');
    });
  });

  test('keeps the recipients that are there, also without a line end, and adds its own once', async () => {
    await withPlace(async (place) => {
      const other = await identityToRecipient(await generateX25519Identity());
      await writeLabFile(place, recipientsFile, `# the team\n  ${other}  # not a comment of ours`);
      const store = place.store();
      const { recipient } = await store.createIdentity({});
      expect(await recipients(place)).toBe(`# the team\n  ${other}  # not a comment of ours\n${recipient}\n`);
      expect(await store.addOwnRecipient()).toEqual({ recipient, file: place.identityFile });
      expect(await recipients(place)).toBe(`# the team\n  ${other}  # not a comment of ours\n${recipient}\n`);
      await rm(place.labFile(recipientsFile));
      await store.addOwnRecipient();
      expect((await recipients(place)).split('\n')).toContain(recipient);
    });
  });

  test('a lab that cannot take the recipient leaves no identity behind', async () => {
    await withPlace(async (place) => {
      await mkdir(place.labFile(recipientsFile), { recursive: true });
      const outcome = await place
        .store()
        .createIdentity({})
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(outcome).toBeDefined();
      expect(await place.store().identityState()).toBe('none');
      await rm(place.labFile(recipientsFile), { recursive: true });
      await place.store().createIdentity({});
    });
  });

  test('a config folder that cannot be one is a coded problem', async () => {
    await withPlace(async (place) => {
      await writeFile(join(place.root, 'file'), '');
      const store = place.store({ identityFile: join(place.root, 'file', 'identity.txt') });
      await expectProblem(store.createIdentity({}), 'KEY_FILE_UNUSABLE');
    });
  });
});

describe('reading an identity', () => {
  test('several keys with comments and CRLF, at a path of the operator’s choice', async () => {
    await withPlace(async (place) => {
      const keys = [await generateX25519Identity(), await generateX25519Identity()];
      const identityFile = join(place.root, 'elsewhere', 'keys.txt');
      await writeIdentity(
        identityFile,
        `# created: 2024-01-01\r\n# public key: age1…\r\n${keys.join('\r\n\r\n')}\r\n`,
      );
      await writeLabFile(place, recipientsFile, `${await identityToRecipient(keys[1] ?? '')}\n`);
      const store = place.store({ identityFile });
      await store.seal('token', bytes('for the second key'), { replace: false });
      expect(text(await store.open('token'))).toBe('for the second key');
      expect(await place.store().identityState()).toBe('none');
    });
  });

  test.skipIf(onWindows).each([0o640, 0o604, 0o644, 0o660])(
    'mode %o is refused, with the chmod to run',
    async (mode) => {
      await withPlace(async (place) => {
        await writeIdentity(place.identityFile, `${await generateX25519Identity()}\n`);
        await chmod(place.identityFile, mode);
        const problem = await expectProblem(place.store().identityState(), 'IDENTITY_INVALID');
        expect(problem.data.next).toContain(`chmod 600 '${place.identityFile}'`);
        await expectProblem(place.store().unlock('x'), 'IDENTITY_INVALID');
        await chmod(place.identityFile, 0o600);
        expect(await place.store().identityState()).toBe('ready');
      });
    },
  );

  test('what is no X25519 key is refused by its line, and not repeated', async () => {
    await withPlace(async (place) => {
      const key = await generateX25519Identity();
      const wrong = {
        'a changed digit': `${key.slice(0, 40)}${key[40] === 'Q' ? 'P' : 'Q'}${key.slice(41)}`,
        'a post-quantum key': await generateHybridIdentity(),
        'a plugin key': 'AGE-PLUGIN-YUBIKEY-1QQQQQQQQQQ',
        'an ssh key': '-----BEGIN OPENSSH PRIVATE KEY-----',
        'lower case': key.toLowerCase(),
      };
      for (const line of Object.values(wrong)) {
        await writeIdentity(place.identityFile, `# a comment\n${key}\n${line}\n`);
        const problem = await expectProblem(place.store().identityState(), 'IDENTITY_INVALID', line, key);
        expect(problem.data.what).toContain('line 3');
      }
      for (const empty of ['', '# nothing\n', '\n\n']) {
        await writeIdentity(place.identityFile, empty);
        await expectProblem(place.store().identityState(), 'IDENTITY_INVALID');
      }
    });
  });

  test('a folder, a huge file and damaged armor are refused', async () => {
    await withPlace(async (place) => {
      await mkdir(place.identityFile, { recursive: true, mode: 0o700 });
      await expectProblem(place.store().identityState(), 'IDENTITY_INVALID');
      await rm(place.identityFile, { recursive: true });
      await writeIdentity(place.identityFile, Buffer.alloc(1024 * 1024, '#'));
      await expectProblem(place.store().identityState(), 'IDENTITY_INVALID');
      const sealed = armor.encode(await passphraseFile('x', 'p'));
      await writeIdentity(place.identityFile, sealed.slice(0, sealed.length >> 1));
      await expectProblem(place.store().identityState(), 'IDENTITY_INVALID');
    });
  });

  test.each(['armored', 'binary'])(
    'one sealed by age’s passphrase, %s, and again locked when the file changes',
    async (form) => {
      await withPlace(async (place) => {
        const key = await generateX25519Identity();
        const write = async (): Promise<void> => {
          const sealed = await passphraseFile(`${key}\n`, 'pass phrase');
          await writeIdentity(place.identityFile, form === 'binary' ? sealed : armor.encode(sealed));
        };
        await write();
        await writeLabFile(place, recipientsFile, `${await identityToRecipient(key)}\n`);
        const store = place.store();
        expect(await store.identityState()).toBe('locked');
        await expectProblem(store.addOwnRecipient(), 'IDENTITY_LOCKED');
        await store.unlock('pass phrase');
        expect(await store.identityState()).toBe('ready');
        await write();
        expect(await store.identityState()).toBe('locked');
      });
    },
  );

  test('a hostile work factor is refused before anything is computed', async () => {
    await withPlace(async (place) => {
      for (const factor of ['20', '30', '999999999']) {
        const file = `age-encryption.org/v1\n-> scrypt ${'A'.repeat(22)} ${factor}\n${'A'.repeat(43)}\n--- ${'A'.repeat(43)}\n`;
        await writeIdentity(place.identityFile, Buffer.concat([bytes(file), Buffer.alloc(64)]));
        const problem = await expectProblem(
          place.store().unlock('planted-9a'),
          'IDENTITY_INVALID',
          'planted-9a',
        );
        expect(problem.data.what).toContain(factor);
      }
      const key = await generateX25519Identity();
      const encrypter = new Encrypter();
      encrypter.addRecipient(await identityToRecipient(key));
      await writeIdentity(place.identityFile, await encrypter.encrypt(key));
      await expectProblem(place.store().unlock('pass'), 'IDENTITY_INVALID');
    });
  });

  test('a damaged sealed identity is told from a wrong passphrase; what is in it is checked', async () => {
    await withPlace(async (place) => {
      const sealed = await passphraseFile(`${await generateX25519Identity()}\n`, 'right');
      const damaged = Buffer.from(sealed);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
      await writeIdentity(place.identityFile, damaged);
      await expectProblem(place.store().unlock('right'), 'IDENTITY_INVALID');
      await writeIdentity(place.identityFile, await passphraseFile('no key at all', 'right'));
      await expectProblem(place.store().unlock('right'), 'IDENTITY_INVALID', 'no key at all');
    });
  });

  test('without one: unlock, open and addOwnRecipient say so', async () => {
    await withPlace(async (place) => {
      await expectProblem(place.store().unlock('planted-9a'), 'IDENTITY_MISSING', 'planted-9a');
      await expectProblem(place.store().addOwnRecipient(), 'IDENTITY_MISSING');
    });
  });
});
