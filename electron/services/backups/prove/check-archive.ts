import { asProblem } from '../../../../shared/problem.ts';
import type { BackupCheck, BackupFile, BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { type FileOnNode, findOnNode } from '../archives/archive-on-node.ts';
import { type KnownArchive, type KnownArchives, targetOf } from '../archives/known-archives.ts';
import { digestOnNode, type ReadOptions, type TestEnd, testOnNode } from '../archives/read-on-node.ts';
import type { BackupParts } from '../parts.ts';
import { fileKind } from './archive-tools.ts';

/** What was seen of one archive, and the digests of what is there now. */
export interface Checked {
  readonly checks: readonly BackupCheck[];
  readonly files: readonly BackupFile[];
  /** The record that lies beside the archive at a target, of one that the lab has none of. */
  readonly record?: BackupRecord;
}

type Seen = Pick<BackupCheck, 'kind' | 'outcome' | 'detail'>;

/**
 * Reads one archive where it is, all of it: against the digests of its record, by its packer's own checksums, and its
 * structure. What is found wrong is a check; what keeps it from being read is a problem: those of `findOnNode`, of the target
 * and of `Ssh.run`.
 */
export async function checkArchive(
  parts: Pick<BackupParts, 'ssh' | 'targets' | 'clock'>,
  known: KnownArchives,
  one: KnownArchive,
  options: ReadOptions,
): Promise<Checked> {
  const target = targetOf(one.archive.place);
  return target === undefined
    ? checkOnNode(parts, known, one, options)
    : checkAtTarget(parts, target, one, options);
}

async function checkAtTarget(
  { targets, clock }: Pick<BackupParts, 'targets' | 'clock'>,
  target: string,
  { archive, record }: KnownArchive,
  options: ReadOptions,
): Promise<Checked> {
  const store = await targets.open(target);
  const beside = record ?? (await store.record(archive, options.signal));
  const started = performance.now();
  const digests = await store.digests(archive, options);
  const seen = compare(beside.files, digests);
  return {
    checks: [dated(seen, archive.place, clock, started)],
    files: beside.files,
    ...(record === undefined ? { record: beside } : {}),
  };
}

async function checkOnNode(
  parts: Pick<BackupParts, 'ssh' | 'clock'>,
  known: KnownArchives,
  one: KnownArchive,
  { signal, progress }: ReadOptions,
): Promise<Checked> {
  const { ssh, clock } = parts;
  const { archive, record } = one;
  const where = await findOnNode(parts, known, one, { signal });
  const checks: BackupCheck[] = [];
  let before = 0;
  /** Reads one file, and counts its bytes whatever was seen of the way. */
  const reading = async <End>(file: FileOnNode, read: (options: ReadOptions) => Promise<End>) => {
    const end = await read({ signal, progress: (done) => progress(before + done) });
    before += file.sizeBytes;
    progress(before);
    return end;
  };
  const add = async (look: () => Promise<Seen | undefined>) => {
    const started = performance.now();
    const seen = await look();
    if (seen !== undefined) checks.push(dated(seen, archive.place, clock, started));
  };

  const files: BackupFile[] = [];
  await add(async () => {
    const wanted = record?.files ?? [];
    const digests = new Map<string, string>();
    for (const file of where.files.filter(({ name }) => isOfBackup(name))) {
      try {
        const { sha256, sizeBytes } = await reading(file, (options) =>
          digestOnNode(ssh, where, file, options),
        );
        digests.set(file.name, sha256);
        files.push({ name: file.name, sizeBytes, sha256 });
      } catch (error) {
        const problem = asProblem(error);
        if (problem?.code !== 'ARCHIVE_CORRUPT') throw error;
        return { kind: 'checksum', outcome: 'failed', detail: problem.data.what };
      }
    }
    if (wanted.length > 0) return compare(wanted, digests);
    return {
      kind: 'checksum',
      outcome: 'unavailable',
      detail: 'Its digest was taken now: there was none to compare with.',
    };
  });

  const packed = where.files.filter(({ name }) => fileKind(name).packer !== undefined);
  await add(() =>
    testsOf('compression', packed, (file) =>
      reading(file, (options) =>
        testOnNode(ssh, where, file, { packer: fileKind(file.name).packer }, options),
      ),
    ),
  );
  const structured = where.files.filter(({ name }) => fileKind(name).content !== undefined);
  await add(() =>
    testsOf('structure', structured, (file) => {
      const { packer, content } = fileKind(file.name);
      return reading(file, (options) =>
        testOnNode(ssh, where, file, content === undefined ? { packer } : { packer, content }, options),
      );
    }),
  );
  return { checks, files };
}

/** Bytes that are read of an archive, as far as that is known before it is looked for. */
export function bytesToRead({ archive, record }: KnownArchive): number {
  const size = archive.sizeBytes || (record?.sizeBytes ?? 0);
  if (targetOf(archive.place) !== undefined) return size;
  const names = record === undefined ? [archive.name] : record.files.map(({ name }) => name);
  const kinds = names.map((name) => fileKind(name));
  const passes =
    1 +
    Number(kinds.some(({ packer }) => packer !== undefined)) +
    Number(kinds.some(({ content }) => content !== undefined));
  return passes * size;
}

/** A record beside an archive is about it, and not of it. */
function isOfBackup(name: string): boolean {
  return name !== 'sifaka-backup.json';
}

async function testsOf(
  kind: 'compression' | 'structure',
  files: readonly FileOnNode[],
  test: (file: FileOnNode) => Promise<TestEnd>,
): Promise<Seen | undefined> {
  if (files.length === 0) return undefined;
  for (const file of files) {
    const end = await test(file);
    if (end.outcome === 'failed')
      return { kind, outcome: 'failed', detail: `${onOneLine(file.name, 255)}: ${end.said}` };
    if (end.outcome === 'unavailable')
      return { kind, outcome: 'unavailable', detail: `The node has no ${end.tool} to test it with.` };
  }
  const words = kind === 'compression' ? 'It unpacks to its end.' : 'What is in it can be read to its end.';
  return { kind, outcome: 'passed', detail: words };
}

/** Every file of the record is there, with the digest it was made with. */
function compare(wanted: readonly BackupFile[], digests: ReadonlyMap<string, string>): Seen {
  for (const { name, sha256 } of wanted) {
    const found = digests.get(name);
    if (found === undefined)
      return { kind: 'checksum', outcome: 'failed', detail: `${onOneLine(name, 255)} is missing.` };
    if (found !== sha256)
      return {
        kind: 'checksum',
        outcome: 'failed',
        detail: `${onOneLine(name, 255)} has the SHA-256 ${found.slice(0, 16)}…, and had ${sha256.slice(0, 16)}… when it was made.`,
      };
  }
  return {
    kind: 'checksum',
    outcome: 'passed',
    detail: 'Every byte was read: its SHA-256 is as it was made.',
  };
}

function dated(
  seen: Seen,
  place: string,
  clock: Pick<BackupParts['clock'], 'now'>,
  started: number,
): BackupCheck {
  return {
    ...seen,
    detail: onOneLine(seen.detail, 1000),
    at: clock.now().toISOString(),
    place,
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
}
