/** Partition table and boot code lie in it on every board, and partitions begin after it; erased first, written last. */
export const HEAD_SIZE = 2 ** 20;
/** The MBR and the GPT's header: without them nothing boots, and a drive writes them as one. */
export const TABLE_SIZE = 4096;
/** Where the backup GPT lies: 33 sectors of 512 bytes or 5 of 4096, in whole pages. UEFI Specification 2.10, 5.3.1. */
export const TAIL_SIZE = 5 * 4096;
