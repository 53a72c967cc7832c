import { describe, expect, it } from 'vitest';
import type { AgreedEntry } from '../../../electron/services/sync/engine/agreed-records.ts';
import { compareFiles, compareKinds, compareLinks } from '../../../electron/services/sync/engine/compare.ts';
import type { CompareRules, Decision } from '../../../electron/services/sync/engine/compare.ts';
import type { Entry } from '../../../electron/services/sync/engine/entry.ts';
import { heldTimesOf } from '../../../electron/services/sync/engine/held-times.ts';
import { isLikeFat } from '../../../electron/services/sync/engine/probe-root.ts';
import { randomNumbers } from './random-numbers.ts';

/** A file as one side has it: what lstat says, and its bytes. */
interface Version {
  readonly entry: Entry;
  readonly bytes: string;
}

const now = Date.UTC(2026, 10, 1);
const exact = { likeFat: false };
const rules: CompareRules = {
  precisionMs: 0.002,
  thresholdMs: 2000,
  future: { source: now + 300_000, destination: now + 300_000 },
  held: { source: heldTimesOf(exact), destination: heldTimesOf(exact) },
};
/** Around every border there is: precision, threshold, what counts as the future. */
const times = [0, 0.001, 0.003, 1, 1999, 2000, 2001, 60_000, 299_999, 300_001, 86_400_000].map(
  (later) => now - 1000 + later,
);
const contents = ['', 'a', 'b', 'aa', 'ab'];

function version(bytes: string, mtimeMs: number, kind: Entry['kind'] = 'file'): Version {
  return {
    bytes,
    entry: {
      kind,
      size: bytes.length,
      mtimeMs,
      ctimeMs: mtimeMs,
      inode: 1,
      device: 1,
      mode: 0o644,
      uid: 0,
      gid: 0,
      links: 1,
      blocks: 8,
    },
  };
}

/** As a pass decides: reads where it is told to. `scrub` reads at once. */
function decide(source: Version, destination: Version, agreed?: AgreedEntry, scrub = false): Decision {
  const comparison = { source: source.entry, destination: destination.entry, agreed };
  const md5 = { source: `md5 of ${source.bytes}`, destination: `md5 of ${destination.bytes}` };
  const first = compareFiles(scrub ? { ...comparison, md5 } : comparison, rules);
  return first.kind === 'read' ? compareFiles({ ...comparison, md5 }, rules) : first;
}

/** What the destination has after a pass. */
function after(source: Version, destination: Version, decision: Decision): Version {
  if (decision.kind === 'update') return source;
  if (decision.kind === 'align') return version(destination.bytes, source.entry.mtimeMs);
  return destination;
}

function* pairs(
  rounds: number,
): Generator<{ here: Version; there: Version; agreed: AgreedEntry | undefined }> {
  const random = randomNumbers(7);
  const any = (): Version =>
    version(contents[random(contents.length)] ?? '', times[random(times.length)] ?? now);
  for (let round = 0; round < rounds; round += 1) {
    const [here, there, old] = [any(), any(), any()];
    const known = [undefined, here, there, old][random(4)];
    yield {
      here,
      there,
      agreed: known && {
        kind: 'file',
        size: known.entry.size,
        mtimeMs: known.entry.mtimeMs,
        md5: `md5 of ${known.bytes}`,
      },
    };
  }
}

const rounds = 5000;
const quiet: readonly Decision['kind'][] = ['equal', 'notice', 'destination-wins'];

describe('two versions of a file', () => {
  it('have the same winner in both directions, or none', () => {
    for (const { here, there, agreed } of pairs(rounds)) {
      for (const scrub of [false, true]) {
        const forth = decide(here, there, agreed, scrub);
        const back = decide(there, here, agreed, scrub);
        const what = JSON.stringify({ here, there, agreed, forth, back });
        if (forth.kind === 'update')
          expect(back, what).toEqual({ kind: 'destination-wins', reason: forth.reason });
        if (back.kind === 'update') expect(forth.kind, what).toBe('destination-wins');
        if (forth.kind === 'notice') expect(back, what).toEqual(forth);
        // A winner is brought over by one of the two.
        if (forth.kind === 'destination-wins') expect(['update', 'align'], what).toContain(back.kind);
      }
    }
  });

  it('are the same after a pass each way, or stay as they are with a notice; then nothing is left to do', () => {
    for (const { here, there, agreed } of pairs(rounds)) {
      const forth = decide(here, there, agreed);
      const thereThen = after(here, there, forth);
      const hereThen = after(thereThen, here, decide(thereThen, here, agreed));
      const what = JSON.stringify({ here, there, agreed, hereThen, thereThen });
      expect(quiet, what).toContain(decide(hereThen, thereThen, agreed).kind);
      expect(quiet, what).toContain(decide(thereThen, hereThen, agreed).kind);
      const noticed = forth.kind === 'notice';
      expect(noticed || hereThen.bytes === thereThen.bytes || areEqual(hereThen, thereThen), what).toBe(true);
    }
  });

  it('are never decided by a time in the future', () => {
    for (const { here, there } of pairs(rounds)) {
      if (here.entry.mtimeMs <= rules.future.source || here.bytes === there.bytes) continue;
      if (areEqual(here, there)) continue;
      expect(decide(here, there)).toEqual({ kind: 'notice', notice: 'future-time' });
    }
  });

  it('that both differ from what was agreed on are a conflict, and only then', () => {
    for (const { here, there, agreed } of pairs(rounds)) {
      const decision = decide(here, there, agreed);
      if (decision.kind !== 'update' || decision.reason === 'tie' || decision.reason === 'matches-agreed')
        continue;
      const changed = ({ entry }: Version): boolean =>
        entry.size !== agreed?.size || Math.abs(entry.mtimeMs - agreed.mtimeMs) > rules.precisionMs;
      expect(decision.conflict).toBe(agreed !== undefined && changed(here) && changed(there));
    }
  });

  it.each([
    ['newer by more than the threshold', version('a', now - 9000), version('b', now - 12_000), 'newer'],
    ['newer within it', version('a', now - 9000), version('b', now - 10_000), 'newer-within-threshold'],
    ['of the same time, and larger', version('aa', now - 9000), version('b', now - 9000), 'tie'],
  ])('%s: wins', (_what, source, destination, reason) => {
    expect(decide(source, destination)).toMatchObject({ kind: 'update', reason });
  });

  it('of the same time: the one that changed wins where that is known', () => {
    const [small, large] = [version('a', now), version('aa', now)];
    const agreed = { kind: 'file' as const, size: 2, mtimeMs: now };
    expect(decide(small, large, agreed)).toEqual({
      kind: 'update',
      reason: 'changed-here-only',
      conflict: false,
    });
    expect(decide(large, small, agreed)).toEqual({ kind: 'destination-wins', reason: 'changed-here-only' });
  });
});

describe('links, and different kinds', () => {
  it('have the same winner in both directions', () => {
    const random = randomNumbers(11);
    const kinds = ['file', 'folder', 'link'] as const;
    const time = (): number => times[random(times.length)] ?? now;
    for (let round = 0; round < rounds; round += 1) {
      const [one, other] = [kinds[random(3)] ?? 'file', kinds[random(3)] ?? 'file'];
      const [here, there] = [version('a', time(), one).entry, version('b', time(), other).entry];
      const newest = { source: here.mtimeMs, destination: there.mtimeMs };
      const changed = random(2) === 0 ? undefined : { source: random(2) === 0, destination: random(2) === 0 };
      const targets = { source: ['x', 'y'][random(2)] ?? '', destination: ['x', 'y'][random(2)] ?? '' };
      const [forth, back] =
        one === other
          ? [
              compareLinks({ source: here, destination: there, agreed: undefined, targets }, rules),
              compareLinks(
                { source: there, destination: here, agreed: undefined, targets: mirrored(targets) },
                rules,
              ),
            ]
          : [
              compareKinds({ source: here, destination: there, newest, changed }, rules),
              compareKinds(
                {
                  source: there,
                  destination: here,
                  newest: mirrored(newest),
                  changed: changed && mirrored(changed),
                },
                rules,
              ),
            ];
      const outcomes = [forth.kind, back.kind].toSorted();
      expect([
        ['destination-wins', 'update'],
        ['equal', 'equal'],
        ['notice', 'notice'],
      ]).toContainEqual(outcomes);
    }
  });
});

function areEqual(one: Version, other: Version): boolean {
  const apart = Math.abs(one.entry.mtimeMs - other.entry.mtimeMs);
  return one.entry.size === other.entry.size && apart <= rules.precisionMs;
}

function mirrored<Value>({ source, destination }: Record<'source' | 'destination', Value>): {
  source: Value;
  destination: Value;
} {
  return { source: destination, destination: source };
}

function compared(source: Version, destination: Version, by: CompareRules, { read = false } = {}): Decision {
  const entries = { source: source.entry, destination: destination.entry, agreed: undefined };
  const md5 = { source: source.bytes, destination: destination.bytes };
  return compareFiles(read ? { ...entries, md5 } : entries, by);
}

describe('a time that one side cannot keep', () => {
  const fat = { precisionMs: 1000, caseSensitive: false, hardLinks: false };
  const stick: CompareRules = {
    ...rules,
    held: { ...rules.held, destination: heldTimesOf({ likeFat: true }) },
  };
  const fromStick: CompareRules = {
    ...stick,
    held: { source: stick.held.destination, destination: stick.held.source },
  };
  const cut: [string, number, number][] = [
    ['the first there is', 0, Date.UTC(1980, 0)],
    ['the first, in another zone', 0, Date.UTC(1980, 0) - 13 * 3_600_000],
    ['the last there is', Date.UTC(2110, 5, 7), Date.UTC(2107, 11, 31, 23, 59, 58)],
    ['one without its upper bits', Date.UTC(2110, 5, 7), Date.UTC(1982, 5, 7)],
  ];

  it.each(cut)('and has become %s is the same in both directions', (_, time, kept) => {
    const [here, there] = [version('a', time), version('b', kept)];
    const said = { kind: 'equal', notice: 'time-not-kept' };
    expect([compared(here, there, stick), compared(there, here, fromStick)]).toEqual([said, said]);
    // Where both were read, other bytes are found all the same.
    expect(compared(here, there, stick, { read: true })).toEqual({ kind: 'notice', notice: 'other-bytes' });
    // Not where both sides keep any time.
    expect(compared(here, there, rules)).not.toEqual(said);
  });

  it.each([
    ['has second names for a file, as HFS+', { ...fat, hardLinks: true }],
    ['tells upper from lower case', { ...fat, caseSensitive: true }],
    ['keeps fractions of a second', { ...fat, precisionMs: 1 }],
  ])('is not there where a side %s', (_, { hardLinks, ...found }) => {
    expect(isLikeFat(fat, () => fat.hardLinks)).toBe(true);
    expect(isLikeFat(found, () => hardLinks)).toBe(false);
  });

  it('is no reason to take another time for it', () => {
    const [here, there] = [version('a', 0), version('b', Date.UTC(1999, 0))];
    const comparison = { source: here.entry, destination: there.entry, agreed: undefined };
    expect(compareFiles(comparison, stick).kind).toBe('destination-wins');
  });

  const early = cut.filter(([, time]) => time < now);
  it.each(early)('and has become %s there: an edit wins, also one that leaves less', (_, time, kept) => {
    const [edited, there] = [version('a', time + 50_000), version('bb', kept)];
    // As it is agreed on depends on whose time was asked for, and when.
    for (const mtimeMs of [time, kept]) {
      const agreed = { kind: 'file' as const, size: 2, mtimeMs };
      const sides = { source: edited.entry, destination: there.entry, agreed };
      const back = { source: there.entry, destination: edited.entry, agreed };
      const reason = 'changed-here-only';
      expect(compareFiles(sides, stick)).toEqual({ kind: 'update', reason, conflict: false });
      expect(compareFiles(back, fromStick)).toEqual({ kind: 'destination-wins', reason });
    }
  });
});
