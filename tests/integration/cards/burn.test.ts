import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parse } from 'yaml';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { PlannedCard, Receipt } from '../../../shared/schemas/card.ts';
import { requireTools } from '../../rig/required-tools.ts';
import {
  createCardWorld,
  ending,
  filesBelow,
  finish,
  placesOf,
  planted,
  type CardWorld,
} from './card-world.ts';
import { bytesAt, readBack, type ReadBack } from './read-back.ts';

const tools = ['sfdisk', 'debugfs', 'e2fsck', 'fsck.vfat', 'mtype'];
const cardSize = 100 * 2 ** 20;
const page = 4096;

/** One card for titan-13, burned once onto random bytes, and looked at from many sides. */
let world: CardWorld;
let target: string;
let before: Buffer;
let planned: PlannedCard;
let events: JobEvent[];
let receipt: Receipt;
const stdout: string[] = [];

beforeAll(async () => {
  world = await createCardWorld();
  world.editInventory((text) =>
    text
      .replace(
        /(rpi4-armbian-longhorn:\n[\s\S]*?uid: 1000\n)/,
        '$1        passwordHashSecret: aye-password\n',
      )
      .replace(
        /( {2}titan-13:\n[\s\S]*?hooks:\n)/,
        '$1      - {source: metis/hooks/rpi5-ubuntu/usercfg.txt, target: /boot/firmware/usercfg.txt}\n',
      ),
  );
  target = world.randomFile('sd.img', cardSize);
  before = readFileSync(target);
  const writes = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: []) => {
      stdout.push(Buffer.from(chunk).toString('latin1'));
      return write(chunk, ...rest);
    };
    return () => {
      stream.write = write;
    };
  });
  planned = await world.cards.plan({ node: 'titan-13', target: { kind: 'existing-file', path: target } });
  const { jobId } = await world.cards.burn(planned.digest);
  events = await finish(world.jobs, jobId);
  for (const restore of writes) restore();
  const { report, problem } = ending(events);
  if (report?.kind !== 'card') throw new Error(`the burn failed: ${JSON.stringify(problem)}`);
  receipt = report.receipt;
});

afterAll(() => world.close());

function opened(context: TestContext): ReadBack {
  requireTools(context, ...tools);
  const card = readBack(target);
  context.onTestFinished(card.close);
  return card;
}

describe('a card burned for titan-13, read by other people’s tools,', () => {
  it('has two clean file systems', (context) => {
    const checks = opened(context).checks();
    expect([checks.e2fsck, checks.fsckVfat], checks.said).toEqual([0, 0]);
  });

  it('is titan-13', (context) => {
    const card = opened(context);
    expect(card.file('/etc/hostname')).toBe('titan-13\n');
    expect(card.file('/etc/hosts')).toContain('\n127.0.1.1 titan-13\n');
    expect(card.file('/etc/machine-id')).toBe('1d0c7a3e5f2b4986a1c3e5f708192a3b\n');
    expect(card.file('/etc/systemd/network/10-sifaka.network')).toContain('\nAddress=192.168.22.33/24\n');
    expect(parse(card.file('/etc/rancher/k3s/config.yaml') ?? '')).toMatchObject({
      server: 'https://192.168.22.11:6443',
      'token-file': '/etc/rancher/k3s/token',
      'node-name': 'titan-13',
      'node-ip': '192.168.22.33',
      'node-taint': ['storage=longhorn:PreferNoSchedule'],
    });
    expect(card.file('/etc/rancher/k3s/token')).toBe(`${planted['k3s-token']}\n`);
    expect(card.file('/etc/rancher/node/password')).toBe(`${planted['titan-13-node-password']}\n`);
    expect(card.file('/etc/shadow')).toContain(`\naye:${planted['aye-password']}:`);
    expect(card.file(String.raw`/etc/systemd/system/mnt-longhorn\x2d1.mount`)).toContain(
      '\nWhat=/dev/disk/by-uuid/3c1f8a52-7d4e-4b6a-9e0f-13a000000001\n',
    );
    expect(card.bootFile('/usercfg.txt')).toBe(
      readFileSync(join(world.labFolder, 'metis/hooks/rpi5-ubuntu/usercfg.txt'), 'latin1'),
    );
  });

  it('has each change of the plan with its kind, mode, owner and content', (context) => {
    const card = opened(context);
    const kinds = { file: 'regular', directory: 'directory', symlink: 'symlink' };
    expect(planned.plan.changes.length).toBeGreaterThan(35);
    for (const change of planned.plan.changes.filter(({ partition }) => partition === 'root')) {
      expect(`${change.path} ${card.stat(change.path)}`).toBe(
        `${change.path} ${kinds[change.kind]} ${change.mode} ${change.uid}:${change.gid}`,
      );
      if (change.kind === 'symlink' && change.size < 60) {
        expect(card.linkTarget(change.path)).toBe(change.linkTarget);
      }
      if (change.kind !== 'file') continue;
      const content = Buffer.from(card.file(change.path) ?? '', 'latin1');
      expect(content.length, change.path).toBe(change.size);
      if (change.secret) continue;
      expect(`sha256:${createHash('sha256').update(content).digest('hex')}`, change.path).toBe(change.digest);
    }
  });

  it('keeps what the image had and the card does not change', (context) => {
    const card = opened(context);
    expect(card.file('/etc/passwd')).toMatch(/^root:x:0:0:root:\/root:\/bin\/bash\ndaemon:/);
    expect(card.stat('/usr/local/bin/k3s')).toMatch(/^regular 0755 /);
  });
});

describe('its bytes', () => {
  it('are, in every range of the receipt, those of a second card made from the same plan', async () => {
    world.clock.set(new Date(planned.plan.clock));
    const path = join(world.folder, 'second.img');
    const again = await world.cards.plan({ node: 'titan-13', target: { kind: 'new-file', path } });
    const { jobId } = await world.cards.burn(again.digest);
    expect(ending(await finish(world.jobs, jobId)).outcome).toBe('done');
    // Unlike a drive's, its free space holds nothing of before.
    const receipts = await world.cards.receipts({});
    expect(receipts.find((made) => made.target.path === path)?.target.kind).toBe('new-file');
    for (const { offset, length } of receipt.ranges) {
      expect(bytesAt(path, offset, length).equals(bytesAt(target, offset, length)), `at ${offset}`).toBe(
        true,
      );
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('are those of the golden image wherever no change was made, over all it has in use', async () => {
    const raw = (await world.images.find(planned.plan.image.fileSha256))?.path ?? '';
    const golden = readFileSync(raw);
    const card = readFileSync(target);
    const covered = new Uint8Array(golden.length);
    let different = 0;
    for (const { offset, length, digest } of receipt.ranges) {
      covered.fill(1, offset, offset + length);
      const same = card.subarray(offset, offset + length).equals(golden.subarray(offset, offset + length));
      if (digest.startsWith('sha256:')) expect(same, `at ${offset}`).toBe(true);
      else different += length;
    }
    expect(different).toBeLessThan(2 * 2 ** 20);
    // Whatever is in the golden image and not zero is in use there, or is what the image's builder deleted.
    expect(receipt.verifiedBytes).toBe(receipt.writtenBytes);
    expect(covered.reduce((sum, byte) => sum + byte, 0)).toBe(receipt.verifiedBytes);
  });

  it('are the old ones wherever the file systems have nothing', () => {
    const card = readFileSync(target);
    const written = new Uint8Array(cardSize);
    for (const { offset, length } of receipt.ranges) written.fill(1, offset, offset + length);
    written.fill(1, 0, 2 ** 20);
    let untouched = 0;
    for (let at = 0; at < cardSize - 16 * page; at += page) {
      if (written.subarray(at, at + page).some((byte) => byte === 1)) continue;
      if (card.subarray(at, at + page).equals(before.subarray(at, at + page))) untouched += 1;
    }
    expect(untouched * page).toBeGreaterThan(80 * 2 ** 20);
  });
});

describe('its secrets', () => {
  const markers = Object.values(planted);

  it('are on the card only in the blocks of their own files', (context) => {
    const card = opened(context);
    const own = {
      'k3s-token': '/etc/rancher/k3s/token',
      'titan-13-node-password': '/etc/rancher/node/password',
      'aye-password': '/etc/shadow',
    };
    for (const name of ['k3s-token', 'titan-13-node-password', 'aye-password'] as const) {
      const places = placesOf(target, planted[name]);
      const blocks = card.blocksOf(own[name]);
      expect(places.length, name).toBe(1);
      for (const place of places) {
        const inside = blocks.some(({ offset, length }) => place >= offset && place < offset + length);
        expect(inside, `${name} at ${place}`).toBe(true);
      }
    }
  });

  it('are nowhere else: no journal, receipt, plan, log, cache, lab file or output', () => {
    const folders = [world.labFolder, ...Object.values(world.folders)];
    const files = folders.flatMap(filesBelow);
    expect(files.some((path) => path.includes('/state/jobs/'))).toBe(true);
    expect(files.some((path) => path.includes('/data/receipts/'))).toBe(true);
    for (const marker of markers) {
      for (const spelled of [
        marker,
        Buffer.from(marker).toString('base64').slice(0, -4),
        Buffer.from(marker).toString('hex'),
      ]) {
        for (const path of files) expect(placesOf(path, spelled), path).toEqual([]);
        const said = JSON.stringify([planned, events, receipt, world.log, process.argv]) + stdout.join('');
        expect(said.includes(spelled)).toBe(false);
      }
    }
  });

  it('have keyed digests, and what is around them too', async () => {
    const token = planned.plan.changes.find(({ path }) => path === '/etc/rancher/k3s/token');
    const bytes = new TextEncoder().encode(`${planted['k3s-token']}\n`);
    expect(token).toMatchObject({ secret: true, mode: '0600' });
    expect(token?.digest).toBe(await world.secrets.keyedDigest(bytes));
    expect(JSON.stringify(receipt)).not.toContain(createHash('sha256').update(bytes).digest('hex'));
    const [place = 0] = placesOf(target, planted['k3s-token']);
    const around = receipt.ranges.find(({ offset, length }) => place >= offset && place < offset + length);
    expect(around?.digest).toMatch(/^hmac-sha256:/);
  });
});

describe('its receipt', () => {
  it('is kept as JSON and as a page, for the operator alone', () => {
    const json = join(world.folders.data, 'receipts', `${receipt.id}.json`);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(receipt);
    const text = readFileSync(json.replace('.json', '.txt'), 'utf8');
    expect(text).toContain('Recovery card for titan-13');
    expect(text).toContain(`sha256:${planned.plan.image.rawSha256}`);
    expect(text).toContain('Insert the card into titan-13 and power it on.');
    for (const change of receipt.changes) expect(text).toContain(change.path);
    expect(statSync(json).mode & 0o777).toBe(0o600);
    expect(statSync(json.replace('.json', '.txt')).mode & 0o777).toBe(0o600);
  });

  it('says what was planned and done', () => {
    expect(receipt).toMatchObject({
      node: 'titan-13',
      nodeClass: 'rpi4-armbian-longhorn',
      planDigest: planned.digest,
      changes: planned.plan.changes,
      image: planned.plan.image,
      nextStep: 'Insert the card into titan-13 and power it on.',
      sifakaVersion: '0.0.0-test',
    });
    expect(receipt.skippedBytes + receipt.writtenBytes).toBe(planned.plan.image.size);
    expect([receipt.startedAt, receipt.writtenAt, receipt.verifiedAt].toSorted()).toEqual([
      receipt.startedAt,
      receipt.writtenAt,
      receipt.verifiedAt,
    ]);
  });

  it('is remembered: by the list, by the node and by the logbook', async () => {
    const listed = await world.cards.receipts({ node: 'titan-13' });
    expect(listed.map(({ id }) => id)).toContain(receipt.id);
    expect(await world.cards.receipts({ node: 'titan-15' })).toEqual([]);
    const node = (await world.cards.nodes()).find(({ name }) => name === 'titan-13');
    expect(node?.lastCardAt).toBeDefined();
    const entries = await world.lab.logbook(10);
    expect(entries.map(({ summary }) => summary)).toContain('Recovery card for titan-13 burned and verified');
    expect(JSON.stringify(entries)).toContain(receipt.id);
  });
});

it('tells at each step what it means to take the card out, and goes through all of them', () => {
  const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
  expect([...new Set(progress.map(({ step }) => step))]).toEqual([
    'image',
    'inject',
    'write',
    'verify',
    'commit',
  ]);
  expect(progress.find(({ step }) => step === 'image')?.pull).toMatch(/Nothing has been written/);
  expect(progress.find(({ step }) => step === 'write')?.pull).toMatch(/unfinished card/);
  expect(progress.at(-1)?.overall).toBe(1);
  const cutOff = events.flatMap((event) =>
    event.type === 'progress' && event.ifCutOff ? [event.ifCutOff] : [],
  );
  expect(cutOff).toEqual([
    `${target} holds an unfinished card that does not boot.`,
    `${target} may boot, but it is not proven: do not use it.`,
    expect.stringContaining(`${target} holds the whole card, and it was read back.`),
  ]);
});
