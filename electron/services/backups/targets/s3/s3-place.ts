import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { asProblem, cancelled } from '../../../../../shared/problem.ts';
import type { S3Target } from '../../../../../shared/schemas/backup-policy.ts';
import { rangeBytes } from '../../node/node-files.ts';
import { type PlaceFile, recordFile } from '../archive-layout.ts';
import { type Going, limits, type SourceFile, type TargetPlace } from '../target-place.ts';
import { archiveGone, copyMismatch, targetRefused } from '../target-problems.ts';
import { composedEtag, partBytes, partsOf, plainEtag } from './parts.ts';
import { isAbsent, s3Problem } from './s3-problems.ts';
import { endUploads, uploadFile } from './upload.ts';

const kept = 'What was copied so far is used by the next try.';

/** A bucket, or what is below a prefix of one. `name` is the target's. */
export function createS3Place(name: string, target: S3Target, client: S3Client): TargetPlace {
  const { bucket, prefix, endpoint } = target;
  const at = (path: string) => ({ client, bucket, key: `${prefix}${path}` });
  const object = (path: string) => ({ Bucket: bucket, Key: `${prefix}${path}` });

  /** Whatever a client throws becomes a problem that has nothing of the request in it. */
  async function asked<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (signal.aborted) throw cancelled(kept);
    try {
      return await work();
    } catch (error) {
      if (asProblem(error)) throw error;
      throw s3Problem(name, endpoint, error, signal);
    }
  }

  async function head(path: string, abortSignal: AbortSignal) {
    const found = await unlessAbsent(() => client.send(new HeadObjectCommand(object(path)), { abortSignal }));
    return found && { sizeBytes: found.ContentLength ?? -1, etag: plainEtag(found.ETag) };
  }

  /** The bytes of an object in order, as many as there are and no more than `most`. */
  async function* bytesOf(
    path: string,
    most: number,
    abortSignal: AbortSignal,
    from = 0,
  ): AsyncGenerator<Uint8Array> {
    const range = from === 0 ? {} : { Range: `bytes=${from}-` };
    const { Body } = await client.send(new GetObjectCommand({ ...object(path), ...range }), { abortSignal });
    if (!(Body instanceof Readable)) throw new Error('an object without a body');
    const cancel = () => Body.destroy(new Error('cancelled'));
    abortSignal.addEventListener('abort', cancel, { once: true });
    try {
      let length = 0;
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        if (length > most) throw tooLong(name);
        yield chunk;
      }
    } finally {
      abortSignal.removeEventListener('abort', cancel);
      Body.destroy();
    }
  }

  async function digest(path: string, { signal, progress }: Going) {
    const found = await head(path, signal);
    if (found === undefined) return undefined;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of bytesOf(path, Math.max(0, found.sizeBytes), signal)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      progress(sizeBytes);
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  }

  /** The server's own digest of what it has, or every byte read again where that digest is of another kind. */
  async function compare(
    path: string,
    source: SourceFile,
    md5s: readonly string[],
    going: Going,
  ): Promise<'digest' | 'read-back' | 'differs'> {
    const found = await head(path, going.signal);
    if (found?.sizeBytes !== source.sizeBytes) return 'differs';
    if (found.etag === (md5s.length === 1 ? md5s[0] : composedEtag(md5s))) return 'digest';
    const read = await digest(path, { ...going, progress: () => undefined });
    return read?.sha256 === source.sha256 ? 'read-back' : 'differs';
  }

  const remove = async (path: string, abortSignal: AbortSignal) => {
    await client.send(new DeleteObjectCommand(object(path)), { abortSignal });
  };

  async function listed(below: string, abortSignal: AbortSignal): Promise<PlaceFile[]> {
    const files: PlaceFile[] = [];
    let ContinuationToken: string | undefined;
    do {
      const next = ContinuationToken === undefined ? {} : { ContinuationToken };
      const input = { Bucket: bucket, Prefix: `${prefix}${below}`, ...next };
      const answer = await client.send(new ListObjectsV2Command(input), { abortSignal });
      for (const { Key, Size, LastModified } of answer.Contents ?? []) {
        if (Key?.startsWith(prefix) !== true || !isSize(Size)) continue;
        files.push({
          path: Key.slice(prefix.length),
          sizeBytes: Size,
          changed: Math.floor((LastModified?.getTime() ?? 0) / 1000),
        });
      }
      const goesOn = answer.IsTruncated === true;
      const following = goesOn ? answer.NextContinuationToken : undefined;
      // What would be missing of a list that stands still or never ends is not known, so it is none.
      const standsStill = following === undefined || following === ContinuationToken;
      if (goesOn && (standsStill || (answer.Contents ?? []).length === 0)) throw endless(name);
      if (files.length > limits.files) throw endless(name);
      ContinuationToken = following;
    } while (ContinuationToken !== undefined);
    return files;
  }

  /** Files that are on their way, which no list of objects shows. */
  async function uploading(below: string, abortSignal: AbortSignal): Promise<PlaceFile[]> {
    const input = { Bucket: bucket, Prefix: `${prefix}${below}` };
    const { Uploads } = await client.send(new ListMultipartUploadsCommand(input), { abortSignal });
    return (Uploads ?? []).flatMap(({ Key, Initiated }) =>
      Key?.startsWith(prefix) === true
        ? [
            {
              path: Key.slice(prefix.length),
              sizeBytes: 0,
              changed: Math.floor((Initiated?.getTime() ?? 0) / 1000),
            },
          ]
        : [],
    );
  }

  return {
    where: `${prefix === '' ? 'the bucket' : `${prefix} of the bucket`} ${bucket} at ${endpoint}`,

    look: (signal) =>
      asked(signal, async () => {
        await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }), {
          abortSignal: signal,
        });
        return {};
      }),

    read: (path, limitBytes, signal) =>
      asked(signal, () =>
        unlessAbsent(async () => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of bytesOf(path, limitBytes, signal)) chunks.push(chunk);
          return Buffer.concat(chunks);
        }),
      ),

    write: (path, bytes, signal) =>
      asked(signal, async () => {
        const ContentMD5 = createHash('md5').update(bytes).digest('base64');
        await client.send(new PutObjectCommand({ ...object(path), Body: bytes, ContentMD5 }), {
          abortSignal: signal,
        });
      }),

    list: (signal) =>
      asked(signal, async () => [...(await listed('', signal)), ...(await uploading('', signal))]),

    put: (path, source, going) =>
      asked(going.signal, async () => {
        const { signal, progress } = going;
        const found = await head(path, signal);
        if (found?.sizeBytes === source.sizeBytes && (await isSource(source, signal))) {
          const proof = await compare(path, source, await md5sOf(source, signal), going);
          if (proof !== 'differs') {
            progress(source.sizeBytes);
            await endUploads(at(path), signal);
            return proof;
          }
        }
        const md5s = await uploadFile(at(path), source, going);
        const proof = await compare(path, source, md5s, going);
        if (proof === 'differs') {
          await remove(path, signal);
          throw copyMismatch(name, path);
        }
        await endUploads(at(path), signal);
        return proof;
      }),

    digest: (path, going) => asked(going.signal, () => unlessAbsent(() => digest(path, going))),

    bring: (path, to, size, going) =>
      asked(going.signal, async () => {
        const { signal, progress } = going;
        let have = Math.min(size, (await to.files.size(to.path, signal)) ?? 0);
        let waiting: Uint8Array[] = [];
        let length = 0;
        const flush = async () => {
          if (length === 0) return;
          await to.files.write(to.path, have, Buffer.concat(waiting, length), signal);
          have += length;
          waiting = [];
          length = 0;
          progress(have);
        };
        if (have === size) return;
        try {
          for await (const chunk of bytesOf(path, size - have, signal, have)) {
            waiting.push(chunk);
            length += chunk.length;
            if (length >= rangeBytes) await flush();
          }
        } catch (error) {
          throw isAbsent(error) ? archiveGone(name, path) : error;
        }
        await flush();
      }),

    remove: (folder, signal) =>
      asked(signal, async () => {
        await remove(`${folder}/${recordFile}`, signal);
        // Files of the folder itself, never of one below it.
        const inFolder = ({ path }: PlaceFile) => !path.slice(folder.length + 1).includes('/');
        for (const { path } of (await listed(`${folder}/`, signal)).filter(inFolder))
          await remove(path, signal);
        for (const { path } of (await uploading(`${folder}/`, signal)).filter(inFolder))
          await endUploads(at(path), signal);
      }),
  };
}

function isSize(size: number | undefined): size is number {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0;
}

function tooLong(name: string) {
  return targetRefused(name, {
    why: 'what it sends is longer than it said',
    next: 'See what is there and who else writes to it.',
  });
}

function endless(name: string) {
  return targetRefused(name, {
    why: `its list has no end, or more than ${limits.files} files`,
    next: 'Give this target a prefix of its own, and see that an S3 server answers there.',
  });
}

async function unlessAbsent<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What the file would have as ETag if it was uploaded as it is now, without a byte of it being sent. */
async function md5sOf({ files, path, sizeBytes }: SourceFile, signal: AbortSignal): Promise<string[]> {
  const md5s: string[] = [];
  for (const { from, length } of partsOf(sizeBytes, partBytes(sizeBytes)))
    md5s.push((await files.md5(path, from, length, signal)) ?? '');
  return md5s;
}

/** Whether the file still is the one that was backed up. */
async function isSource(
  { files, path, sizeBytes, sha256 }: SourceFile,
  signal: AbortSignal,
): Promise<boolean> {
  return (await files.digest(path, sizeBytes, signal))?.sha256 === sha256;
}
