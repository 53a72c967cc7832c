/** The permission to change one pair, held until it is released or its time runs out. */
export interface SyncLock {
  /**
   * Until when the lock is certainly held; `isStillHeld` of lock-deadline.ts reads it. Shared with the threads that change
   * files, which look at it before every step that cannot be taken back. It never comes where the operating system ends the
   * lock with the process, and has passed once the lock is lost or given back.
   */
  readonly deadline: SharedArrayBuffer;
  /**
   * Asks whoever keeps the lock, once a batch. While nobody answers it waits, until the deadline at most.
   * SYNC_LOCK_LOST; CANCELLED when the signal that the lock was taken with is aborted meanwhile.
   */
  confirm(): Promise<void>;
  /** What an operator should know of it: a sentence each. */
  readonly notes?: readonly string[];
  /** Aborted, with the SYNC_LOCK_LOST problem as its reason, when it is found to be lost. */
  readonly lost: AbortSignal;
  /** Gives it back; never throws: a lock that cannot be given back runs out. */
  release(): Promise<void>;
}

export interface SyncLockRequest {
  readonly pair: string;
  /** `<pod or host>/<iteration>`. */
  readonly holder: string;
  readonly ttlSeconds: number;
  /** An existing folder: locks of the operating system, and what was seen of a Lease, lie in it. */
  readonly logDir: string;
  /** Of a run that changes something: a lock of the operating system is taken in them too. A Lease needs none. */
  readonly roots?: readonly LockedRoot[];
}

/** A side of the pair. */
export interface LockedRoot {
  /** Absolute and real. */
  readonly path: string;
  /** Its marker's, which is the same from every machine. */
  readonly id: string;
}

/** Takes the lock at once or says who has it. SYNC_LOCK_TAKEN, SYNC_LOCK_UNAVAILABLE. */
export type TakeSyncLock = (request: SyncLockRequest, options: { signal: AbortSignal }) => Promise<SyncLock>;
