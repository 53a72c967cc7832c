import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { describe, expect, test } from 'vitest';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import {
  bytes,
  expectProblem,
  type Place,
  text,
  withPlace,
  writeIdentity,
  writeLabFile,
} from './secret-fixtures.ts';

const recipientsFile = 'metis/secrets/recipients.txt';
const planted = 'planted-4f1c9e';

async function tree(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, await readFile(path));
  }
  return files;
}

describe('seal and open', () => {
  test('gives the bytes back, from an armored file, and stands nowhere in clear', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      await store.createIdentity({});
      for (const value of [
        bytes(planted),
        bytes(''),
        randomBytes(64 * 1024),
        Buffer.from([0, 255, 10, 13]),
      ]) {
        expect(await store.seal('k3s-token', value, { replace: true })).toEqual({
          file: 'metis/secrets/k3s-token.age',
        });
        expect(Buffer.from(await place.store().open('k3s-token')).equals(value)).toBe(true);
      }
      await store.seal('k3s-token', bytes(planted), { replace: true });
      const file = await readFile(place.labFile('metis/secrets/k3s-token.age'), 'utf8');
      expect(file).toMatch(
        /^-----BEGIN AGE ENCRYPTED FILE-----\n[A-Za-z0-9+/=\n]+-----END AGE ENCRYPTED FILE-----\n$/,
      );
      expect(await store.names()).toEqual(['k3s-token']);
      expect([
        await store.has('k3s-token'),
        await store.has('other'),
        await store.has('../k3s-token'),
      ]).toEqual([true, false, false]);
      for (const [path, content] of await tree(place.root))
        expect(content.includes(planted), path).toBe(false);
    });
  });

  test('for every recipient of the lab', async () => {
    await withPlace(async (place) => {
      const keys = [await generateX25519Identity(), await generateX25519Identity()];
      const lines = await Promise.all(keys.map(async (key) => await identityToRecipient(key)));
      await writeLabFile(place, recipientsFile, `# team\r\n${lines.join('\r\n')}\r\n${lines[0]}\n`);
      await place.store().seal('shared', bytes(planted), { replace: false });
      for (const [index, key] of keys.entries()) {
        const identityFile = join(place.root, `key-${index}`);
        await writeIdentity(identityFile, key);
        expect(text(await place.store({ identityFile }).open('shared'))).toBe(planted);
      }
      const stranger = join(place.root, 'stranger');
      await writeIdentity(stranger, await generateX25519Identity());
      const problem = await expectProblem(
        place.store({ identityFile: stranger }).open('shared'),
        'SECRET_UNREADABLE',
      );
      expect(problem.data.what).toContain('not sealed for your identity');
    });
  });

  test('an existing secret is replaced only when that was said, also when two come at once', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      await store.createIdentity({});
      await store.seal('token', bytes('first'), { replace: false });
      await expectProblem(store.seal('token', bytes(planted), { replace: false }), 'SECRET_EXISTS', planted);
      expect(text(await store.open('token'))).toBe('first');
      await store.seal('token', bytes('second'), { replace: true });
      expect(text(await store.open('token'))).toBe('second');
      const results = await Promise.allSettled(
        ['a', 'b', 'c'].map(
          async (value) => await place.store().seal('raced', bytes(value), { replace: false }),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  test('names and sizes have limits', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      await store.createIdentity({});
      for (const name of ['', '../up', 'a/b', 'Upper', '.hidden', 'con', 'x\u001b[2J', 'a'.repeat(64)]) {
        await expectProblem(
          store.seal(name, bytes(planted), { replace: false }),
          'SECRET_NAME_INVALID',
          planted,
        );
        await expectProblem(store.open(name), 'SECRET_NAME_INVALID');
      }
      const large = Buffer.alloc(64 * 1024 + 1, planted);
      await expectProblem(store.seal('large', large, { replace: false }), 'SECRET_TOO_LARGE', planted);
      expect(await store.names()).toEqual([]);
    });
  });

  test('without recipients nothing is sealed; anything but an X25519 recipient is named by its line', async () => {
    await withPlace(async (place) => {
      const store = place.store();
      const seal = store.seal('token', bytes(planted), { replace: false });
      await expectProblem(seal, 'RECIPIENTS_MISSING', planted);
      await writeLabFile(place, recipientsFile, '# nobody\n\n');
      await expectProblem(
        store.seal('token', bytes(planted), { replace: false }),
        'RECIPIENTS_MISSING',
        planted,
      );
      const good = await identityToRecipient(await generateX25519Identity());
      const wrong = [
        `${good.slice(0, -1)}${good.endsWith('q') ? 'p' : 'q'}`,
        await identityToRecipient(await generateHybridIdentity()),
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0qOkFJYmBnVJ0sGLbSKWvuhCvvqkZsd6nVhMQbkFyM',
        'age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t',
        good.toUpperCase(),
        `${good} comment`,
        await generateX25519Identity(),
        'age1\u001b[31m',
      ];
      for (const line of wrong) {
        await writeLabFile(place, recipientsFile, `# team\n${good}\n${line}\n`);
        const problem = await expectProblem(
          store.seal('token', bytes(planted), { replace: false }),
          'LAB_FILE_INVALID',
          planted,
        );
        expect(problem.data.where).toEqual({ file: recipientsFile, line: 3 });
      }
      expect(await store.names()).toEqual([]);
    });
  });

  test('without an identity, or with a locked one, sealing works and opening says what is missing', async () => {
    await withPlace(async (place) => {
      const maker = place.store();
      await maker.createIdentity({ passphrase: 'pass phrase' });
      const locked = place.store();
      await locked.seal('token', bytes(planted), { replace: false });
      await expectProblem(locked.open('token'), 'IDENTITY_LOCKED');
      expect(text(await maker.open('token'))).toBe(planted);
      await rm(place.identityFile);
      await expectProblem(locked.open('token'), 'IDENTITY_MISSING');
      await expectProblem(locked.open('other'), 'SECRET_UNKNOWN');
    });
  });

  test('a lab that stores something else than it was given is noticed', async () => {
    await withPlace(async (place) => {
      await place.store().createIdentity({});
      const lying: LabFolder = {
        ...place.lab,
        readBytes: async (file, limit) => await place.lab.readBytes(file, limit),
        listFiles: async (folder) => await place.lab.listFiles(folder),
        writeBytes: async (file, content, options) =>
          await place.lab.writeBytes(file, content.subarray(0, -3), options),
      };
      const store = place.store({ lab: lying });
      await expectProblem(
        store.seal('token', bytes(planted), { replace: false }),
        'SECRET_UNREADABLE',
        planted,
      );
    });
  });
});

async function prepared(place: Place): Promise<{ recipient: string; sealed: Uint8Array }> {
  const store = place.store();
  const { recipient } = await store.createIdentity({});
  await store.seal('token', bytes(planted), { replace: false });
  const sealed = armor.decode(await readFile(place.labFile('metis/secrets/token.age'), 'utf8'));
  return { recipient, sealed };
}

describe('hostile and damaged files', () => {
  test('cut anywhere, changed anywhere, or garbage: SECRET_UNREADABLE and nothing of the value', async () => {
    await withPlace(async (place) => {
      const { sealed } = await prepared(place);
      const variants: (Uint8Array | string)[] = [
        '',
        'hello',
        randomBytes(5000),
        '-----BEGIN AGE ENCRYPTED FILE-----\n',
      ];
      for (const length of [1, 21, 22, 60, 120, 180, sealed.length - 20, sealed.length - 1])
        variants.push(sealed.subarray(0, length));
      for (let at = 0; at < sealed.length; at += 7) {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ 1;
        variants.push(changed, armor.encode(changed));
      }
      variants.push(Buffer.concat([sealed, Buffer.from('more')]), `${armor.encode(sealed)}more`);
      const store = place.store();
      for (const variant of variants) {
        await writeLabFile(place, 'metis/secrets/token.age', variant);
        await expectProblem(store.open('token'), 'SECRET_UNREADABLE', planted);
      }
      await writeLabFile(place, 'metis/secrets/token.age', sealed);
      expect(text(await store.open('token'))).toBe(planted);
    });
  });

  test('a file sealed by a passphrase costs nothing, whatever its work factor', async () => {
    await withPlace(async (place) => {
      const { sealed } = await prepared(place);
      const factors = ['18', '30', '999999999'];
      for (const factor of factors) {
        const stanza = `-> scrypt ${'A'.repeat(22)} ${factor}\n${'A'.repeat(43)}\n`;
        const alone = `age-encryption.org/v1\n${stanza}--- ${'A'.repeat(43)}\n`;
        const withOurs = Buffer.from(sealed)
          .toString('latin1')
          .replace('age-encryption.org/v1\n', `age-encryption.org/v1\n${stanza}`);
        for (const file of [
          Buffer.concat([bytes(alone), Buffer.alloc(64)]),
          Buffer.from(withOurs, 'latin1'),
        ]) {
          await writeLabFile(place, 'metis/secrets/token.age', file);
          await expectProblem(place.store().open('token'), 'SECRET_UNREADABLE', planted);
        }
      }
    });
  });

  test('a file that is far too large, or opens to far too much, is refused', async () => {
    await withPlace(async (place) => {
      const { recipient } = await prepared(place);
      await writeLabFile(place, 'metis/secrets/token.age', Buffer.alloc(4 * 1024 * 1024, 'A'));
      await expectProblem(place.store().open('token'), 'SECRET_UNREADABLE');
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      await writeLabFile(
        place,
        'metis/secrets/token.age',
        await encrypter.encrypt(new Uint8Array(64 * 1024 + 1)),
      );
      await expectProblem(place.store().open('token'), 'SECRET_UNREADABLE');
    });
  });

  test('other files in the folder are no secrets', async () => {
    await withPlace(async (place) => {
      await prepared(place);
      for (const name of ['README.md', 'Upper.age', 'two words.age', 'con.age', '.age']) {
        await writeLabFile(place, `metis/secrets/${name}`, 'x');
      }
      expect(await place.store().names()).toEqual(['token']);
    });
  });
});
