import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asProblem, type Problem } from '../../../shared/problem.ts';
import type { PlannedCard } from '../../../shared/schemas/card.ts';
import { createCardWorld, ending, finish, type CardWorld } from './card-world.ts';

let world: CardWorld;
let target: string;

const imageCache = mkdtempSync(join(tmpdir(), 'sifaka-card-cache-'));
afterAll(() => rmSync(imageCache, { recursive: true }));

async function open(options: { imageCache?: string }): Promise<void> {
  world = await createCardWorld(options);
  target = join(world.folder, 'sd.img');
  writeFileSync(target, 'something');
  truncateSync(target, 97 * 2 ** 20);
}

beforeEach(() => open({ imageCache }));
afterEach(() => world.close());

function plan(node = 'titan-13'): Promise<PlannedCard> {
  return world.cards.plan({ node, target: { kind: 'existing-file', path: target } });
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  const problem = asProblem(error);
  if (!problem) throw error;
  return problem;
}

describe('a plan is refused', () => {
  it('for a node that nobody knows, with the nearest name', async () => {
    const problem = await problemOf(plan('titan-31'));
    expect(problem.code).toBe('NODE_UNKNOWN');
    expect(problem.data.next).toMatch(/^Did you mean titan-\d+\? Known nodes: .*titan-13/);
    expect((await problemOf(plan('constructor'))).code).toBe('NODE_UNKNOWN');
  });

  it('but not for a node by its other name', async () => {
    expect((await plan('oceanus')).plan.node).toBe('titan-23');
  });

  it('for a node that is not rebuilt by a card', async () => {
    world.editInventory((text) => text.replace('  titan-13:\n', '  titan-13:\n    recoverable: false\n'));
    expect((await problemOf(plan())).code).toBe('NODE_NOT_RECOVERABLE');
  });

  it('for an inventory that is wrong, with the file and the line', async () => {
    world.editInventory((text) => text.replace('interface: eth0', 'interface: "not an interface"'));
    const problem = await problemOf(plan());
    expect(problem.code).toBe('LAB_FILE_INVALID');
    expect(problem.data.where).toMatchObject({ file: 'metis/inventory.yaml', line: expect.any(Number) });
  });

  it.each([
    ['rootPartition: 2', 'rootPartition: 1'],
    ['rootPartition: 2', 'rootPartition: 3'],
    ['bootPartition: 1', 'bootPartition: 2'],
  ])('for partitions that are not those of the image: %s → %s', async (right, wrong) => {
    world.editInventory((text) => text.replace(right, wrong));
    const problem = await problemOf(plan());
    expect(problem.code).toBe('IMAGE_LAYOUT_UNSUPPORTED');
    expect(problem.data.next).toContain('1 (fat), 2 (ext4)');
  });

  it('for an image without k3s', async () => {
    for (const path of ['/usr/local/bin/k3s-is-not-here', '/etc/hostname', '/usr/local']) {
      world.editInventory((text) =>
        text.replace(/(rpi4-armbian-longhorn:\n)(?: {4}k3sBinary: .*\n)?/, `$1    k3sBinary: ${path}\n`),
      );
      expect((await problemOf(plan())).code).toBe('K3S_BINARY_MISSING');
    }
  });

  it('for a secret that is not sealed', async () => {
    rmSync(join(world.labFolder, 'metis/secrets/k3s-token.age'));
    expect((await problemOf(plan())).code).toBe('SECRET_UNKNOWN');
  });

  it('for a target that is the file of a golden image, also one of another node', async () => {
    world.editInventory((text) =>
      text.replace(
        'images:\n',
        `images:\n  elsewhere:\n    file: ${target}\n    sha256: ${'a'.repeat(64)}\n    rootPartition: 2\n`,
      ),
    );
    const problem = await problemOf(plan());
    expect(problem.code).toBe('TARGET_UNSUPPORTED');
    expect(problem.data.what).toBe(`${target} is the file of the golden image elsewhere.`);
  });

  it('for a target that is too small', async () => {
    truncateSync(target, 50 * 2 ** 20);
    expect((await problemOf(plan())).code).toBe('TARGET_TOO_SMALL');
  });

  it.each([
    [
      'a place that is a link in the image',
      '/lib/firmware/x',
      'metis/hooks/titan-13/60-disk-spin-down.rules',
      'INJECTION_CONFLICT',
    ],
    [
      'a place that is a folder in the image',
      '/var/log',
      'metis/hooks/titan-13/60-disk-spin-down.rules',
      'INJECTION_CONFLICT',
    ],
    [
      'a place below a file of the image',
      '/etc/passwd/x',
      'metis/hooks/titan-13/60-disk-spin-down.rules',
      'INJECTION_CONFLICT',
    ],
    [
      'a name that FAT cannot hold',
      '/boot/firmware/a?b',
      'metis/hooks/titan-13/60-disk-spin-down.rules',
      'INJECTION_CONFLICT',
    ],
    ['a hook from outside the lab', '/etc/x', '../../etc/hostname', 'LAB_PATH_ESCAPES'],
    ['a hook that is not there', '/etc/x', 'metis/hooks/none', 'LAB_FILE_MISSING'],
  ])('for %s', async (_, path, source, code) => {
    world.editInventory((text) =>
      text.replace(
        /( {2}titan-13:\n[\s\S]*?hooks:\n)/,
        `$1      - {source: '${source}', target: '${path}'}\n`,
      ),
    );
    const problem = await problemOf(plan());
    expect(problem.code).toBe(code);
    expect(problem.data.state).not.toBe('');
  });

  it('for what has no room in the image', async () => {
    writeFileSync(join(world.labFolder, 'large'), Buffer.alloc(15 << 20, 'large'));
    const hooks = [1, 2, 3, 4, 5].map((n) => `      - {source: large, target: /opt/large-${n}}\n`).join('');
    world.editInventory((text) => text.replace(/( {2}titan-13:\n[\s\S]*?hooks:\n)/, `$1${hooks}`));
    expect((await problemOf(plan())).code).toBe('INJECTION_TOO_LARGE');
  });

  it('for an image that is neither cached nor there; once cached it is not needed', async () => {
    await world.close();
    await open({});
    const image = join(world.labFolder, 'metis/images/demo.img.zst');
    renameSync(image, `${image}.away`);
    expect((await problemOf(plan())).code).toBe('IMAGE_FILE_MISSING');
    renameSync(`${image}.away`, image);
    await plan();
    rmSync(image);
    expect((await plan()).plan.node).toBe('titan-13');
  });

  it('for an image whose digest is not the one of the inventory', async () => {
    world.editInventory((text) => text.replace(/sha256: [0-9a-f]{8}/, 'sha256: 00000000'));
    expect((await problemOf(plan())).code).toBe('IMAGE_DIGEST_MISMATCH');
  });
});

describe('the same plan', () => {
  it('comes from the same world, and is burned by its digest', async () => {
    world.clock.set(new Date('2025-03-01T12:00:00.700Z'));
    const first = await plan();
    expect(await plan()).toEqual(first);
    expect(first.plan.clock).toBe('2025-03-01T12:00:00.000Z');
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    const { jobId } = await world.cards.burn(first.digest);
    expect(ending(await finish(world.jobs, jobId)).outcome).toBe('done');
  });

  it('is the one of the review, whatever time it is when it is burned', async () => {
    const { digest } = await plan();
    world.clock.set(new Date(Date.now() + 30 * 60_000));
    const { jobId } = await world.cards.burn(digest);
    expect(ending(await finish(world.jobs, jobId)).outcome).toBe('done');
  });
});

/** Plans, lets the world change, and answers in what words the burn is refused. */
async function refusal(change: () => void | Promise<unknown>): Promise<string> {
  const { digest } = await plan();
  const before = readFileSync(target);
  await change();
  const problem = await problemOf(world.cards.burn(digest));
  expect(problem.code).toBe('PLAN_CHANGED');
  expect(problem.data.state).toBe('Nothing was written.');
  expect((await world.jobs.list()).length).toBe(0);
  expect(readFileSync(target).equals(before)).toBe(true);
  return [problem.data.what, ...(problem.data.more ?? [])].join('\n');
}

describe('a burn is refused with PLAN_CHANGED', () => {
  it('when the lab was edited', async () => {
    const said = await refusal(() => {
      world.editInventory((text) => text.replace('192.168.22.33/24', '192.168.22.99/24'));
    });
    expect(said).toContain('/etc/systemd/network/10-sifaka.network');
  });

  it('when a hook was edited', async () => {
    const said = await refusal(() => {
      writeFileSync(join(world.labFolder, 'metis/hooks/titan-13/60-disk-spin-down.rules'), 'other\n');
    });
    expect(said).toContain('/etc/udev/rules.d/60-disk-spin-down.rules has another content now');
  });

  it('when a secret was sealed anew, without saying what it is', async () => {
    const said = await refusal(() =>
      world.secrets.seal('k3s-token', new TextEncoder().encode('another-token-NEW'), { replace: true }),
    );
    expect(said).toContain('A secret was changed: /etc/rancher/k3s/token');
    expect(said).not.toContain('another-token-NEW');
  });

  it('when another file is at the target’s place', async () => {
    const said = await refusal(() => {
      copyFileSync(target, `${target}.other`);
      renameSync(`${target}.other`, target);
    });
    expect(said).toContain('The target changed: something else is at');
  });

  it('when nobody made such a plan, or it was an hour ago', async () => {
    expect((await problemOf(world.cards.burn('0'.repeat(64)))).code).toBe('PLAN_CHANGED');
    const { digest } = await plan();
    world.clock.set(new Date(Date.now() + 61 * 60_000));
    expect((await problemOf(world.cards.burn(digest))).code).toBe('PLAN_CHANGED');
  });
});

it('a target that is gone is TARGET_MISSING, a new file that appeared TARGET_EXISTS', async () => {
  const { digest } = await plan();
  rmSync(target);
  expect((await problemOf(world.cards.burn(digest))).code).toBe('TARGET_MISSING');
  const path = join(world.folder, 'new.img');
  const fresh = await world.cards.plan({ node: 'titan-13', target: { kind: 'new-file', path } });
  writeFileSync(path, 'mine');
  expect((await problemOf(world.cards.burn(fresh.digest))).code).toBe('TARGET_EXISTS');
  expect(readFileSync(path, 'utf8')).toBe('mine');
});
