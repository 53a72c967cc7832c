import type { BlockDevice } from './block-devices.ts';

/**
 * What tells a drive from another that is put in its place, as one text. From sysfs alone, which everyone may read, so
 * that the app and the writer, who is root, come to the same one; never from udev's database, which need not be there.
 *
 * `diskseq` is the kernel's count of drives and media seen: it changes when a drive is plugged in again or a card is
 * changed in its reader, and it is all that some readers and loop devices have.
 */
export function driveIdentity({ size, diskSequence, hardware, loop }: BlockDevice): string {
  const facts = {
    bus: hardware?.bus ?? (loop === undefined ? 'unknown' : 'loop'),
    size: size?.toString(),
    serial: hardware?.serial,
    cid: hardware?.cid,
    wwid: hardware?.worldWideName,
    diskseq: diskSequence,
  };
  return Object.entries(facts)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
    )
    .join('&');
}

/** Whether another drive of the same size at the same place would be seen to be another. */
export function isDistinguishable({ diskSequence, hardware }: BlockDevice): boolean {
  return [diskSequence, hardware?.serial, hardware?.cid, hardware?.worldWideName].some(
    (fact) => fact !== undefined,
  );
}
