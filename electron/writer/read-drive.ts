import type { Drive } from '../../shared/schemas/drive.ts';
import type { ByteRange } from '../imaging/block-source.ts';
import type { AppConnection } from './app-connection.ts';
import { provePieces } from './prove-pieces.ts';
import type { WriterSystem } from './writer-system.ts';

/** Reads pieces of a drive past the system's cache and answers their SHA-256, or their bytes. DRIVE_FAILED, CANCELLED. */
export async function readDrive(
  job: {
    drive: Drive;
    pieces: readonly ByteRange[];
    /** Indices of the pieces that are answered with their bytes. */
    contents: ReadonlySet<number>;
    /** Looks at the drive again, now that it is open; rejects when it is another one by now. */
    recheck(): Promise<unknown>;
    system: WriterSystem;
  },
  app: AppConnection,
): Promise<void> {
  const { drive, contents, system } = job;
  const pieces = job.pieces.map((range, index) => ({ ...range, index }));
  const held = await system.hold(drive, 'read');
  try {
    await job.recheck();
    await app.send({ type: 'ready' });
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    let said = Number.NEGATIVE_INFINITY;
    const proven = provePieces({
      drive: held,
      limits: await system.limits(drive),
      pieces,
      signal: app.signal,
      async onBytes({ index }, bytes, offset) {
        if (contents.has(index)) await app.sendBytes(offset, bytes);
      },
      onProgress(done) {
        if (performance.now() - said < 100 && done < total) return;
        said = performance.now();
        app.send({ type: 'progress', step: 'verify', done, total }).catch(() => undefined);
      },
    });
    for await (const { piece, sha256 } of proven) {
      await app.send({ type: 'piece', index: piece.index, sha256 });
    }
  } finally {
    await held.close();
  }
}
