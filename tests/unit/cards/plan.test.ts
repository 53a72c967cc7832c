import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockCells, cellCount, totalLength } from '../../../electron/services/cards/block-cells.ts';
import { requireRoom } from '../../../electron/services/cards/burn.ts';
import { chooseNode } from '../../../electron/services/cards/choose-node.ts';
import type { CardFacts } from '../../../electron/services/cards/facts.ts';
import { planCard, planDigest } from '../../../electron/services/cards/plan.ts';
import { planDifferences } from '../../../electron/services/cards/plan-difference.ts';
import { createRecentPlans } from '../../../electron/services/recent-plans.ts';
import { planWarningText } from '../../../shared/plan-warnings.ts';
import { cardPlanSchema, type CardPlan, type Target } from '../../../shared/schemas/card.ts';
import { codeOf } from './rendered.ts';
import { clock, titan13 } from './render-input.ts';

const hex = (digit: string) => digit.repeat(64);
const target: Target = {
  kind: 'virtual-drive',
  path: '/data/drives/sd.img',
  label: 'sd',
  size: 1 << 30,
  identity: '1:2',
  contents: 'empty',
};
const request = { node: 'titan-13', target: { kind: 'virtual-drive', name: 'sd' } } as const;

function facts(change: Partial<CardFacts> = {}): CardFacts {
  const chosen = chooseNode(titan13(), 'titan-13');
  return {
    chosen,
    image: { name: chosen.imageName, fileSha256: hex('a'), rawSha256: hex('b'), size: 256 * 4096 },
    contents: {
      size: 256 * 4096,
      partitions: [],
      mapped: [
        { offset: 0, length: 4096 },
        { offset: 3 * 4096 - 1024, length: 2048 },
      ],
    },
    target,
    changes: [
      {
        partition: 'root',
        path: '/etc/hostname',
        kind: 'file',
        mode: '0644',
        uid: 0,
        gid: 0,
        size: 9,
        digest: `sha256:${hex('c')}`,
        secret: false,
        replaces: true,
        reason: 'The name of the node.',
      },
    ],
    observed: { sharedMachineId: false, hostKeys: [] },
    clock,
    ...change,
  };
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) deepFrozen(inner);
    Object.freeze(value);
  }
  return value;
}

describe('a plan', () => {
  it('is what its schema says, and comes from its facts alone', () => {
    const frozen = deepFrozen(facts());
    const plan = planCard(request, frozen);
    expect(cardPlanSchema.parse(plan)).toEqual(plan);
    expect(planCard(request, frozen)).toEqual(plan);
    expect(plan).toMatchObject({
      node: 'titan-13',
      hostname: 'titan-13',
      nodeClass: 'rpi4-armbian-longhorn',
      clock: '2025-03-01T12:00:00.000Z',
      write: { mappedBytes: 6144, injectedBytes: 9, estimatedSeconds: 1 },
      erases: 'Everything on sd. On it now: empty.',
    });
  });

  it('is named by its canonical JSON: the order of keys is nothing, each value is something', () => {
    const plan = planCard(request, facts());
    const reordered = Object.fromEntries(Object.entries(plan).toReversed());
    expect(JSON.stringify(reordered)).not.toBe(JSON.stringify(plan));
    expect(planDigest(reordered as CardPlan)).toBe(planDigest(plan));
    expect(planDigest({ ...plan, clock: '2025-03-01T12:00:01.000Z' })).not.toBe(planDigest(plan));
    const warned = (node: string) => planDigest({ ...plan, warnings: [{ code: 'host-keys-new', node }] });
    expect(
      new Set([planDigest({ ...plan, warnings: [] }), warned('titan-13'), warned('titan-14')]).size,
    ).toBe(3);
    const sorted = JSON.stringify(plan, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
    expect(planDigest(plan)).toBe(createHash('sha256').update(sorted).digest('hex'));
  });

  it('is refused for a target smaller than the image, by a byte', () => {
    const size = 256 * 4096;
    expect(codeOf(() => planCard(request, facts({ target: { ...target, size: size - 1 } })))).toBe(
      'TARGET_TOO_SMALL',
    );
    expect(planCard(request, facts({ target: { ...target, size } })).target.size).toBe(size);
  });

  it('warns of what would not come back as it was', () => {
    const bare = chooseNode(
      titan13({ node: { k3s: { role: 'server', tokenSecret: 'k3s-token' } }, nodeClass: { users: [] } }),
      'titan-13',
    );
    const said = planCard(
      request,
      facts({
        chosen: bare,
        observed: { sharedMachineId: true, hostKeys: ['/etc/ssh/ssh_host_rsa_key'] },
      }),
    )
      .warnings.map(planWarningText)
      .join('\n');
    expect(said).toContain('titan-13.node-password.k3s');
    expect(said).toContain('/etc/ssh/ssh_host_rsa_key');
    expect(said).toContain('machine-id');
    expect(said).toContain('No users');
    expect(said).toContain('Free space is not overwritten');
    const newFile = { ...target, kind: 'new-file', identity: 'absent' } as const;
    const quiet = planCard(
      { node: 'titan-13', target: { kind: 'new-file', path: '/x.img' } },
      facts({ target: newFile }),
    );
    expect(quiet.warnings).toEqual([{ code: 'host-keys-new', node: 'titan-13' }]);
    expect(quiet.erases).toBe('Nothing: /data/drives/sd.img is a new file.');
  });
});

describe('the picture of a card', () => {
  it('has a cell per slice, each the share in use', () => {
    const cells = planCard(request, facts()).write.cells;
    expect(cells).toHaveLength(cellCount);
    expect(cells.slice(0, 5)).toEqual([1, 0, 0.25, 0.25, 0]);
  });

  it('adds up to what is mapped, whatever the size', () => {
    const ranges = fc
      .uniqueArray(fc.integer({ min: 0, max: 100_000 }), { minLength: 0, maxLength: 20 })
      .map((edges) => edges.toSorted((a, b) => a - b))
      .map((edges) =>
        Array.from({ length: Math.floor(edges.length / 2) }, (_, index) => ({
          offset: edges[2 * index] ?? 0,
          length: (edges[2 * index + 1] ?? 0) - (edges[2 * index] ?? 0),
        })),
      );
    fc.assert(
      fc.property(ranges, fc.integer({ min: 100_000, max: 1_000_003 }), (mapped, size) => {
        const cells = blockCells(size, mapped);
        const sum = cells.reduce((total, cell) => total + (cell * size) / cellCount, 0);
        expect(cells.every((cell) => cell >= 0 && cell <= 1)).toBe(true);
        expect(Math.abs(sum - totalLength(mapped))).toBeLessThanOrEqual(size / 10_000);
      }),
    );
  });
});

describe('what changed between two plans', () => {
  const shown = planCard(request, facts());
  const [change] = shown.changes;
  if (!change) throw new Error('the fixture lost its change');

  it.each([
    ['nothing', {}, []],
    [
      'the image',
      { image: { ...shown.image, rawSha256: hex('9') } },
      ['The golden image armbian-longhorn is another one now: its digest changed.'],
    ],
    [
      'the target',
      { target: { ...target, identity: '1:3' } },
      ['The target changed: something else is at /data/drives/sd.img now.'],
    ],
    [
      'what is on the target',
      { target: { ...target, contents: 'an MBR' } },
      ['The target changed: /data/drives/sd.img holds something else now.'],
    ],
    [
      'the lab',
      { changes: [{ ...change, digest: `sha256:${hex('d')}` }] },
      ['The lab was edited: /etc/hostname has another content now.'],
    ],
    [
      'a secret',
      { changes: [{ ...change, secret: true, digest: `hmac-sha256:${hex('d')}` }] },
      ['A secret was changed: /etc/hostname has another content now.'],
    ],
    [
      'a mode',
      { changes: [{ ...change, mode: '0600' }] },
      ['The lab was edited: /etc/hostname gets another kind, mode, owner or source now.'],
    ],
    [
      'a file less and one more',
      { changes: [{ ...change, path: '/x' }] },
      ['/etc/hostname is not injected any more.', '/x is injected now.'],
    ],
  ])('is named: %s', (_, now, said) => {
    expect(planDifferences(shown, { ...shown, ...now })).toEqual(said);
  });
});

describe('plans that may still be burned', () => {
  const plan = planCard(request, facts());

  it('are the newest 32', () => {
    const recent = createRecentPlans({ now: () => clock });
    for (let index = 0; index < 33; index += 1) recent.remember(`plan-${index}`, { request, plan });
    expect(recent.recall('plan-0')).toBeUndefined();
    expect(recent.recall('plan-1')).toEqual({ request, plan });
    recent.remember('plan-1', { request, plan });
    recent.remember('another', { request, plan });
    expect([recent.recall('plan-1'), recent.recall('plan-2')]).toEqual([{ request, plan }, undefined]);
  });

  it('are forgotten after an hour', () => {
    let now = clock.getTime();
    const recent = createRecentPlans({ now: () => new Date(now) });
    recent.remember('plan', { request, plan });
    now += 60 * 60_000 - 1;
    expect(recent.recall('plan')).toBeDefined();
    now += 1;
    expect(recent.recall('plan')).toBeUndefined();
  });
});

it('a new file needs room for what is written', () => {
  expect(codeOf(() => requireRoom({ ...target, kind: 'new-file' }, 1000, 999))).toBe('TARGET_FULL');
  expect(codeOf(() => requireRoom({ ...target, kind: 'new-file' }, 1000, 1000))).toBeUndefined();
});

describe('a node', () => {
  it('is found by its name or its other name, and never by a name that objects have', () => {
    const inventory = titan13({ node: { alias: 'storage-one' } });
    expect(chooseNode(inventory, 'storage-one').name).toBe('titan-13');
    expect(codeOf(() => chooseNode(inventory, 'constructor'))).toBe('NODE_UNKNOWN');
    expect(codeOf(() => chooseNode({ ...inventory, classes: {} }, 'titan-13'))).toBe('LAB_FILE_INVALID');
    expect(codeOf(() => chooseNode({ ...inventory, images: {} }, 'titan-13'))).toBe('LAB_FILE_INVALID');
  });

  it('that is misspelt is named', () => {
    try {
      chooseNode(titan13(), 'titan-l3');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'NODE_UNKNOWN',
        data: { next: expect.stringMatching(/^Did you mean titan-13\?/) },
      });
    }
  });
});
