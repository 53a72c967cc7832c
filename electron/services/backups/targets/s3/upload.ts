import { createHash, type Hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ahead } from '../../node/ahead.ts';
import { rangeBytes, rangesFrom } from '../../node/node-files.ts';
import { sourceChanged } from '../target-problems.ts';
import type { Going, SourceFile } from '../target-place.ts';
import { type Part, partBytes, partsAtOnce, partsOf, plainEtag } from './parts.ts';

/** One object, as it is to be. */
export interface Upload {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

/** Pages of a list that are asked for; a server that never ends its list is not waited for. */
const mostPages = 20;

/**
 * Uploads a file of a node as one object, and answers the MD5s of its parts as they were sent. What an earlier try left is
 * gone on with: of its parts, those whose size and MD5 are those of the file as it is now are not sent again. Nothing is
 * completed unless the file had the digest that it was backed up with. ARCHIVE_CHANGED; what the client throws.
 */
export async function uploadFile(upload: Upload, source: SourceFile, going: Going): Promise<string[]> {
  const size = partBytes(source.sizeBytes);
  const parts = partsOf(source.sizeBytes, size);
  const md5s = parts.length === 1 ? await putWhole(upload, source, going) : undefined;
  return md5s ?? (await putParts(upload, source, parts, size, going));
}

/** One request for a file of one part: it is there whole, or not at all. */
async function putWhole(
  { client, bucket, key }: Upload,
  source: SourceFile,
  { signal, progress }: Going,
): Promise<string[]> {
  const bytes = await readPart(source, { number: 1, from: 0, length: source.sizeBytes }, signal);
  if (hex('sha256', bytes) !== source.sha256) throw sourceChanged(source.path, source.files.node);
  const input = { Bucket: bucket, Key: key, Body: bytes, ContentMD5: base64Md5(bytes) };
  await client.send(new PutObjectCommand(input), { abortSignal: signal });
  progress(source.sizeBytes);
  return [hex('md5', bytes)];
}

async function putParts(
  upload: Upload,
  source: SourceFile,
  parts: readonly Part[],
  size: number,
  { signal, progress }: Going,
): Promise<string[]> {
  const { client, bucket, key } = upload;
  const target = { Bucket: bucket, Key: key };
  const id = (await newestUpload(upload, signal)) ?? (await begin(upload, signal));
  const there = await partsThere(upload, id, signal);
  const etags = new Map<number, string>();
  const md5s = new Map<number, string>();
  let done = 0;
  const finished = ({ length }: Part) => progress((done += length));

  /** Its bytes, unless they are there already. */
  const readUnlessThere = async (part: Part) => {
    if (signal.aborted) throw signal.reason;
    const found = there.get(part.number);
    const isThere = found?.sizeBytes === part.length && (await isTheSame(source, part, found.etag, signal));
    return isThere ? { part, etag: found.etag } : { part, bytes: await readPart(source, part, signal) };
  };
  // In the order of the file as long as nothing is left out, so that one reading is enough for its digest.
  let inOrder: Hash | undefined = createHash('sha256');
  const sending = new Sending(partsAtOnce(size));
  try {
    for await (const { part, bytes, etag } of ahead(parts, readUnlessThere)) {
      if (bytes === undefined) {
        inOrder = undefined;
        etags.set(part.number, etag);
        md5s.set(part.number, etag);
        finished(part);
        continue;
      }
      inOrder?.update(bytes);
      const md5 = hex('md5', bytes);
      md5s.set(part.number, md5);
      await sending.hasRoom();
      sending.start(async () => {
        const body = { Body: bytes, ContentMD5: base64Md5(bytes) };
        const input = { ...target, UploadId: id, PartNumber: part.number, ...body };
        const { ETag } = await client.send(new UploadPartCommand(input), { abortSignal: signal });
        etags.set(part.number, ETag ?? `"${md5}"`);
        finished(part);
      });
    }
  } finally {
    await sending.all();
  }
  sending.check();
  const sha256 =
    inOrder?.digest('hex') ?? (await source.files.digest(source.path, source.sizeBytes, signal))?.sha256;
  if (sha256 !== source.sha256) {
    await abort(upload, id, signal);
    throw sourceChanged(source.path, source.files.node);
  }
  const listed = parts.map(({ number }) => ({ PartNumber: number, ETag: etags.get(number) }));
  const whole = { ...target, UploadId: id, MultipartUpload: { Parts: listed } };
  await client.send(new CompleteMultipartUploadCommand(whole), { abortSignal: signal });
  return parts.map(({ number }) => md5s.get(number) ?? '');
}

async function isTheSame(
  source: SourceFile,
  part: Part,
  etag: string,
  signal: AbortSignal,
): Promise<boolean> {
  // Servers that encrypt have other ETags; those parts are sent again.
  if (!/^[0-9a-f]{32}$/.test(etag)) return false;
  return (await source.files.md5(source.path, part.from, part.length, signal)) === etag;
}

async function readPart(
  { files, path }: SourceFile,
  { from, length }: Part,
  signal: AbortSignal,
): Promise<Buffer> {
  if (length <= rangeBytes) return files.read(path, from, length, signal);
  const bytes = Buffer.allocUnsafe(length);
  for (const range of rangesFrom(0, length))
    bytes.set(await files.read(path, from + range.from, range.length, signal), range.from);
  return bytes;
}

async function begin({ client, bucket, key }: Upload, abortSignal: AbortSignal): Promise<string> {
  const input = { Bucket: bucket, Key: key, ContentType: 'application/octet-stream' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(input), { abortSignal });
  if (UploadId === undefined) throw new Error('an upload without an id');
  return UploadId;
}

/** Uploads of exactly this object that were begun and not ended, the newest first. */
async function uploadsOf({ client, bucket, key }: Upload, abortSignal: AbortSignal): Promise<string[]> {
  const found: { id: string; at: number }[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let page = 0; page < mostPages; page += 1) {
    const input = { Bucket: bucket, Prefix: key, ...marker };
    const answer = await client.send(new ListMultipartUploadsCommand(input), { abortSignal });
    for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
      if (Key === key && UploadId !== undefined) found.push({ id: UploadId, at: Initiated?.getTime() ?? 0 });
    }
    if (answer.IsTruncated !== true || answer.NextKeyMarker === undefined) break;
    marker = {
      KeyMarker: answer.NextKeyMarker,
      ...(answer.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: answer.NextUploadIdMarker }),
    };
  }
  return found.toSorted((a, b) => b.at - a.at).map(({ id }) => id);
}

async function newestUpload(upload: Upload, signal: AbortSignal): Promise<string | undefined> {
  return (await uploadsOf(upload, signal))[0];
}

/**
 * Ends the uploads of one object that nobody needs any more: it was just compared whole, or its archive is being removed.
 * No other upload is ever ended, however old: another machine may be in the middle of it.
 */
export async function endUploads(upload: Upload, signal: AbortSignal): Promise<void> {
  for (const id of await uploadsOf(upload, signal)) await abort(upload, id, signal);
}

async function abort(
  { client, bucket, key }: Upload,
  UploadId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId }), { abortSignal });
}

async function partsThere(
  { client, bucket, key }: Upload,
  UploadId: string,
  abortSignal: AbortSignal,
): Promise<Map<number, { etag: string; sizeBytes: number }>> {
  const found = new Map<number, { etag: string; sizeBytes: number }>();
  let PartNumberMarker: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const input = { Bucket: bucket, Key: key, UploadId, ...(PartNumberMarker ? { PartNumberMarker } : {}) };
    const answer = await client.send(new ListPartsCommand(input), { abortSignal });
    for (const { PartNumber, ETag, Size } of answer.Parts ?? []) {
      if (PartNumber !== undefined && Size !== undefined)
        found.set(PartNumber, { etag: plainEtag(ETag), sizeBytes: Size });
    }
    if (answer.IsTruncated !== true || answer.NextPartNumberMarker === undefined) break;
    PartNumberMarker = answer.NextPartNumberMarker;
  }
  return found;
}

/** Some at the same time; the first failure stops the next ones, and is thrown by `check`. */
class Sending {
  private readonly most: number;
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.most = most;
  }

  async hasRoom(): Promise<void> {
    while (this.running.size >= this.most) await Promise.race(this.running);
    this.check();
  }

  start(work: () => Promise<void>): void {
    const run = work()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }

  async all(): Promise<void> {
    await Promise.all(this.running);
  }

  check(): void {
    if (this.failure) throw this.failure.error;
  }
}

function hex(algorithm: 'md5' | 'sha256', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function base64Md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
