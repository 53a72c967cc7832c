import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../../shared/problem.ts';
import type { TargetRequest } from '../../../shared/schemas/card.ts';
import {
  createCardWorld,
  ending,
  filesBelow,
  finish,
  placesOf,
  planted,
  type CardWorld,
} from './card-world.ts';
import { watchedTargets, type Moments } from './watched-targets.ts';

const imageCache = mkdtempSync(join(tmpdir(), 'sifaka-card-cache-'));
afterAll(() => rmSync(imageCache, { recursive: true }));

let world: CardWorld;
let moments: Moments;
/** Every buffer that a secret was ever unsealed into. */
let unsealed: Uint8Array[];
/** Every file content of the card that a secret is in. */
let rendered: Uint8Array[];
let target: string;

beforeEach(async () => {
  moments = {};
  unsealed = [];
  rendered = [];
  world = await createCardWorld({
    imageCache,
    wrap: ({ targets, secrets }) => ({
      targets: watchedTargets(targets, moments),
      secrets: {
        ...secrets,
        async open(name) {
          const bytes = await secrets.open(name);
          unsealed.push(bytes);
          return bytes;
        },
        keyedDigest(bytes) {
          rendered.push(bytes);
          return secrets.keyedDigest(bytes);
        },
      },
    }),
  });
  target = join(world.folder, 'sd.img');
  writeFileSync(target, 'something');
  truncateSync(target, 97 * 2 ** 20);
});
afterEach(() => world.close());

const inPlace = (): TargetRequest => ({ kind: 'existing-file', path: target });
const newFile = (): TargetRequest => ({ kind: 'new-file', path: join(world.folder, 'new', 'card.img') });

async function burn(request: TargetRequest, node = 'titan-13'): Promise<string> {
  const { digest } = await world.cards.plan({ node, target: request });
  return (await world.cards.burn(digest)).jobId;
}

async function endOf(jobId: string) {
  return ending(await finish(world.jobs, jobId));
}

/** Cancels the one job that runs. */
async function cancelAll(): Promise<void> {
  for (const job of await world.jobs.list()) if (job.state === 'running') await world.jobs.cancel(job.id);
}

/** What the journals on the disk say now that the target would be like. */
function stateOnDisk(): string | undefined {
  const lines = filesBelow(world.folders.state)
    .filter((path) => path.endsWith('.jsonl'))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  const last = lines.findLast((line) => line.includes('"ifCutOff":')) ?? '{}';
  return (JSON.parse(last) as { ifCutOff?: string }).ifCutOff;
}

describe('a burn that is cut off', () => {
  it('before its boot head is written does not boot, and from then on is not to be used', async () => {
    const states: [string, string | undefined][] = [];
    moments.write = (buffer, offset) => {
      if (offset >= 2 ** 20) states.push(['body', stateOnDisk()]);
      else if (buffer.some((byte) => byte !== 0)) states.push(['head', stateOnDisk()]);
    };
    expect((await endOf(await burn(inPlace()))).outcome).toBe('done');
    expect(new Set(states.map(([part]) => part))).toEqual(new Set(['body', 'head']));
    for (const [part, state] of states)
      expect(state).toMatch(
        part === 'body' ? /does not boot/ : /may boot, but it is not proven: do not use it/,
      );
  });

  it('while a new file gets its name is not said to be missing', async () => {
    mkdirSync(join(world.folder, 'new'));
    const states: (string | undefined)[] = [];
    moments.write = () => {
      states[0] ??= stateOnDisk();
    };
    moments.commit = () => {
      states.push(stateOnDisk());
    };
    expect((await endOf(await burn(newFile()))).outcome).toBe('done');
    expect(states).toEqual([
      expect.stringContaining('does not exist; an unfinished file may be beside it'),
      expect.stringContaining('may be complete under its name, but it has no receipt'),
    ]);
  });

  it.each([inPlace, newFile])('after its proof is not called unfinished (%#)', async (request) => {
    mkdirSync(join(world.folder, 'new'));
    const end = await endOf(await burn(request()));
    expect(stateOnDisk()).toMatch(/holds the whole card, and it was read back/);
    expect(end.outcome).toBe('done');
  });
});

it('a target that is replaced while it is written is not said to be overwritten', async () => {
  moments.commit = () => {
    renameSync(target, `${target}.away`);
    writeFileSync(target, 'somebody else’s');
  };
  const { problem } = await endOf(await burn(inPlace()));
  expect(problem).toMatchObject({
    code: 'TARGET_CHANGED',
    state: expect.stringContaining('What is at that path now was not touched'),
  });
  expect(readFileSync(target, 'utf8')).toBe('somebody else’s');
});

describe('a burn that is cancelled', () => {
  it('before the target was opened leaves it as it was', async () => {
    const before = readFileSync(target);
    const jobId = await burn(inPlace());
    await world.jobs.cancel(jobId);
    const end = await endOf(jobId);
    expect(end.outcome).toBe('cancelled');
    expect(end.problem).toMatchObject({
      code: 'CANCELLED',
      state: `Nothing was written: ${target} is as it was.`,
    });
    expect(readFileSync(target).equals(before)).toBe(true);
  });

  it.each(['opened', 'write', 'read'] as const)(
    'at %s names what is left, and writes no receipt',
    async (moment) => {
      moments[moment] = cancelAll;
      const end = await endOf(await burn(inPlace()));
      expect(end.outcome).toBe('cancelled');
      const touched = moment !== 'opened';
      expect(end.problem?.state).toMatch(touched ? /partly overwritten/ : /Nothing was written|as it was/);
      expect(await world.cards.receipts({})).toEqual([]);
      expect((await world.lab.logbook(10)).some(({ project }) => project === 'cards')).toBe(false);
    },
  );

  it.each(['opened', 'write', 'read'] as const)(
    'at %s leaves no new file and nothing beside it',
    async (moment) => {
      mkdirSync(join(world.folder, 'new'));
      moments[moment] = cancelAll;
      const end = await endOf(await burn(newFile()));
      expect(end.outcome).toBe('cancelled');
      expect(end.problem?.state).toContain('was not made');
      expect(readdirSync(join(world.folder, 'new'))).toEqual([]);
    },
  );

  it('when the card is proven comes too late, and the card is kept', async () => {
    moments.commit = cancelAll;
    expect((await endOf(await burn(inPlace()))).outcome).toBe('done');
    expect(await world.cards.receipts({})).toHaveLength(1);
  });

  it('can be burned again', async () => {
    moments.write = cancelAll;
    expect((await endOf(await burn(inPlace()))).outcome).toBe('cancelled');
    delete moments.write;
    expect((await endOf(await burn(inPlace()))).outcome).toBe('done');
  });
});

it('no buffer keeps a secret: after planning, after a refusal, after a burn', async () => {
  const allWiped = (): boolean =>
    [...unsealed, ...rendered].every((bytes) => bytes.every((byte) => byte === 0));
  const { digest } = await world.cards.plan({ node: 'titan-13', target: inPlace() });
  expect(unsealed.length).toBe(2);
  // Token, node password, shadow and gshadow.
  expect(rendered.length).toBe(4);
  expect(allWiped()).toBe(true);
  expect((await endOf((await world.cards.burn(digest)).jobId)).outcome).toBe('done');
  expect(allWiped()).toBe(true);
  rmSync(join(world.labFolder, 'metis/secrets/titan-13-node-password.age'));
  await expect(world.cards.plan({ node: 'titan-13', target: inPlace() })).rejects.toMatchObject({
    code: 'SECRET_UNKNOWN',
  });
  expect(unsealed.length).toBe(5);
  expect(allWiped()).toBe(true);
});

it('two burns to one target: the second is told who has it, and the first is not disturbed', async () => {
  const other = await world.cards
    .plan({ node: 'titan-15', target: inPlace() })
    .catch((error: unknown) => error);
  expect(other).toBeInstanceOf(Problem);
  await world.secrets.seal('titan-15-node-password', new TextEncoder().encode('x'), { replace: false });
  const second = await world.cards.plan({ node: 'titan-15', target: inPlace() });
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  moments.opened = async () => {
    reached.resolve();
    await goOn.promise;
  };
  const jobId = await burn(inPlace());
  await reached.promise;
  await expect(world.cards.burn(second.digest)).rejects.toMatchObject({ code: 'TARGET_IN_USE' });
  goOn.resolve();
  expect((await endOf(jobId)).outcome).toBe('done');
  expect((await world.cards.receipts({})).map(({ node }) => node)).toEqual(['titan-13']);
});

describe('a target that does not keep what is written', () => {
  it('is found when it is read back, and never called a card', async () => {
    moments.write = (buffer, offset) => {
      if (offset < 2 ** 21 || buffer.every((byte) => byte === 0)) return undefined;
      const lie = Uint8Array.from(buffer);
      lie[lie.length - 1] = (lie.at(-1) ?? 0) ^ 1;
      return lie;
    };
    const end = await endOf(await burn(inPlace()));
    expect(end.outcome).toBe('failed');
    expect(end.problem).toMatchObject({
      code: 'VERIFY_MISMATCH',
      state: expect.stringContaining('no working card'),
    });
    expect(await world.cards.receipts({})).toEqual([]);
  });

  it('fails with a problem of its own words, and secrets are still nowhere else', async () => {
    moments.write = (_, offset) => {
      if (offset > 2 ** 20)
        throw new Problem('TARGET_FULL', { what: 'Full.', state: 'Half.', next: 'Make room.' });
    };
    const end = await endOf(await burn(inPlace()));
    expect(end.problem).toMatchObject({
      code: 'TARGET_FULL',
      state: expect.stringContaining('partly overwritten'),
    });
    for (const path of [world.labFolder, ...Object.values(world.folders)].flatMap(filesBelow)) {
      for (const marker of Object.values(planted)) expect(placesOf(path, marker), path).toEqual([]);
    }
  });

  it('does not get a card from an image that was damaged in the cache after planning', async () => {
    // The cache removes what it finds damaged, so that the tests after this one fill it again.
    const { digest, plan } = await world.cards.plan({ node: 'titan-13', target: inPlace() });
    const before = readFileSync(target);
    const cached = await world.images.find(plan.image.fileSha256);
    chmodSync(cached?.path ?? '', 0o600);
    const descriptor = openSync(cached?.path ?? '', 'r+');
    // Inside the root file system's data, where no structure would give it away.
    writeSync(descriptor, 'damaged', 90 * 2 ** 20);
    closeSync(descriptor);
    const started = await world.cards.burn(digest).catch((error: unknown) => error);
    const code =
      started instanceof Problem
        ? started.code
        : (await endOf((started as { jobId: string }).jobId)).problem?.code;
    expect(code).toBe('IMAGE_CORRUPT');
    expect(readFileSync(target).equals(before)).toBe(true);
  });
});

describe('the room for the receipt', () => {
  let receipts: string;
  beforeEach(() => {
    receipts = join(world.folders.data, 'receipts');
  });

  it('is on the disk before the target is touched, is used for it, and is enough', async () => {
    let reserved: { name: string; ino: number; blocks: number }[] = [];
    moments.opened = () => {
      reserved = readdirSync(receipts).map((name) => {
        const { ino, blocks } = statSync(join(receipts, name));
        return { name, ino, blocks };
      });
    };
    expect((await endOf(await burn(inPlace()))).outcome).toBe('done');
    const [receipt] = await world.cards.receipts({});
    const room = reserved.find(({ name }) => name.endsWith('.json.new'));
    const kept = statSync(join(receipts, `${receipt?.id}.json`));
    expect(kept.ino).toBe(room?.ino);
    expect(kept.size).toBeLessThan((room?.blocks ?? 0) * 512);
    expect(readdirSync(receipts).toSorted()).toEqual([`${receipt?.id}.json`, `${receipt?.id}.txt`]);
    expect(kept.mode & 0o777).toBe(0o600);
  });

  it('is refused while nothing has been written', async () => {
    const before = readFileSync(target);
    writeFileSync(receipts, 'not a folder');
    const jobId = await burn(inPlace());
    expect((await endOf(jobId)).problem).toMatchObject({
      code: 'RECEIPT_UNWRITABLE',
      state: `Nothing was written: ${target} is as it was.`,
    });
    expect(readFileSync(target).equals(before)).toBe(true);
  });

  it('is given back when the burn is cancelled', async () => {
    moments.write = cancelAll;
    expect((await endOf(await burn(inPlace()))).outcome).toBe('cancelled');
    expect(readdirSync(receipts)).toEqual([]);
  });
});

it('a lab that cannot be written does not undo a burn: the job says that the logbook was not written', async () => {
  const changelog = join(world.labFolder, 'cluster/madagascar-changelog.json');
  writeFileSync(changelog, '{"schema": "sifaka.changelog/99", "entries": []}\n');
  const events = await finish(world.jobs, await burn(inPlace()));
  expect(ending(events).outcome).toBe('done');
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  expect(notes.join('\n')).toMatch(/^The logbook was not written: /);
  expect(await world.cards.receipts({})).toHaveLength(1);
});
