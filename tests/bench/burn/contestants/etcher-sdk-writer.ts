/**
 * The peer's process: etcher-sdk driven with the options of balenaEtcher's own writer (lib/util/child-writer.ts of
 * Etcher 2.1: BlockDevice with `direct: true`, `verify: true`, two buffers for one drive, decompress first), and its own
 * compiled direct-io. Its module for unmounting is replaced by one that does nothing: there is nothing to unmount.
 *
 * Started with one argument, a {@link PeerJob} as JSON; says on stdout, a JSON document a line, when it begins and ends.
 */
import { registerHooks } from 'node:module';
import { totalmem } from 'node:os';
import { pathToFileURL } from 'node:url';

export interface PeerJob {
  readonly image: string;
  readonly device: string;
  readonly size: number;
  readonly trim: boolean;
  /** The compiled addon of @ronomon/direct-io. */
  readonly directIo: string;
}

const job = JSON.parse(process.argv[2] ?? '') as PeerJob;
const say = (line: { type: string; [key: string]: unknown }) =>
  process.stdout.write(`${JSON.stringify(line)}\n`);

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@ronomon/direct-io') {
      return { url: pathToFileURL(job.directIo).href, shortCircuit: true };
    }
    if (specifier === 'mountutils') {
      return {
        url: new URL('no-mountutils.cjs', import.meta.url).href,
        format: 'commonjs',
        shortCircuit: true,
      };
    }
    return next(specifier, context);
  },
});

const { decompressThenFlash } = await import('etcher-sdk/build/multi-write.js');
const { BlockDevice, File } = await import('etcher-sdk/build/source-destination/index.js');

const destination = new BlockDevice({
  drive: {
    device: job.device,
    raw: job.device,
    devicePath: job.device,
    description: 'loop device',
    enumerator: 'none',
    mountpoints: [],
    size: job.size,
    blockSize: 512,
    logicalBlockSize: 512,
    busType: 'UNKNOWN',
    busVersion: null,
    error: null,
    isCard: null,
    isReadOnly: false,
    isRemovable: true,
    isSCSI: false,
    isSystem: false,
    isUAS: null,
    isUSB: false,
    isVirtual: false,
    partitionTableType: null,
  },
  write: true,
  direct: true,
  // Etcher says true: a pause of two seconds and another unmount. Left out, in the peer's favour.
  unmountOnSuccess: false,
});
const failures: string[] = [];
const steps = new Set<string>();
say({ type: 'begin' });
const { bytesWritten } = await decompressThenFlash({
  source: new File({ path: job.image }),
  destinations: [destination],
  verify: true,
  trim: job.trim,
  decompressFirst: true,
  numBuffers: Math.min(2, 256, Math.floor(totalmem() / 1024 ** 2 / 8)),
  onProgress: ({ type }) => steps.add(type),
  onFail: (_destination, error) => failures.push(error.message),
});
say({ type: 'end', bytesWritten, steps: [...steps], failures });
process.exit(failures.length === 0 ? 0 : 1);
