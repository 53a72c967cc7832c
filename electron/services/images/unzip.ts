import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { Problem } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { formatUnknown, imageCorrupt, imageTruncated } from './image-problems.ts';
import { streamBytes } from './stream-bytes.ts';

const encryptedFlag = 1;
const slash = 0x2f;

/**
 * The content of a .zip that holds exactly one file. Its name is never looked at, beyond telling a folder; its length
 * and CRC-32 are checked. `path` is the archive on disk, `file` what messages call it.
 */
export async function* unzip(
  path: string,
  { file, onProgress }: { file: string; onProgress: (fraction: number) => void },
): AsyncGenerator<Uint8Array, void> {
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
    try {
      const entry = await onlyFile(zip, file);
      const content = await zip.openReadStreamPromise(entry);
      let checksum = 0;
      let size = 0;
      for await (const bytes of streamBytes(content)) {
        checksum = crc32(bytes, checksum);
        size += bytes.length;
        onProgress(entry.uncompressedSize === 0 ? 1 : size / entry.uncompressedSize);
        yield bytes;
      }
      if (checksum !== entry.crc32) throw imageCorrupt(file, 'its content does not match its CRC-32');
    } finally {
      zip.close();
    }
  } catch (error) {
    throw zipProblem(file, error);
  }
}

async function onlyFile(zip: ZipFile, file: string): Promise<Entry> {
  let found: Entry | undefined;
  for await (const entry of zip.eachEntry()) {
    const isFolder = entry.uncompressedSize === 0 && entry.fileNameRaw.at(-1) === slash;
    if (isFolder) continue;
    if (found) throw formatUnknown(file, 'the .zip holds more than one file');
    found = entry;
  }
  if (!found) throw formatUnknown(file, 'the .zip holds no file');
  if (found.isEncrypted() || (found.generalPurposeBitFlag & encryptedFlag) !== 0) {
    throw formatUnknown(file, 'the .zip is encrypted');
  }
  return found;
}

/** yauzl's failures are plain errors without codes; their texts are read here, and none is passed on. */
function zipProblem(file: string, error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const code = systemErrorCode(error);
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return error;
  if (
    code === 'Z_BUF_ERROR' ||
    /end of central directory record signature not found|unexpected EOF|overflows/i.test(error.message)
  ) {
    return imageTruncated(file, 'the .zip ends too early', error);
  }
  if (/unsupported compression method|strong encryption|multi-disk/.test(error.message)) {
    return formatUnknown(
      file,
      'the .zip is packed in a way that is not supported; use deflate or store, unencrypted',
    );
  }
  return imageCorrupt(file, 'the .zip does not check', error);
}
