/**
 * The platform's own folders for this app, all absolute. Nothing in them is truth: the lab folder is.
 *   cache   decompressed golden images, content-addressed; may be deleted at any time
 *   state   job journals and target locks, the log
 *   data    receipts, virtual drives, the key that keys secret digests
 *   config  the operator's age identity
 */
export interface AppFolders {
  readonly cache: string;
  readonly state: string;
  readonly data: string;
  readonly config: string;
}
