/** Secret bytes, wiped by whoever is done with them. */
export interface SecretStore {
  /** `none`: no identity file; `locked`: it needs its passphrase; `ready`. */
  identityState(): Promise<'none' | 'locked' | 'ready'>;
  unlock(passphrase: string): Promise<void>;
  /** Names of sealed files in the lab. */
  names(): Promise<string[]>;
  has(name: string): Promise<boolean>;
  /** Unseals one; SECRET_UNKNOWN, SECRET_UNREADABLE, IDENTITY_MISSING, IDENTITY_LOCKED. */
  open(name: string): Promise<Uint8Array>;
  /** Seals for the lab's recipients, reads it back where the identity allows, and answers the lab path. */
  seal(name: string, value: Uint8Array, options: { replace: boolean }): Promise<{ file: string }>;
  /** Makes an identity (with a passphrase, sealed by it) and adds its recipient to the lab. */
  createIdentity(options: { passphrase?: string }): Promise<{ recipient: string; file: string }>;
  /** Adds the recipient of the identity that is there to the lab, once; IDENTITY_MISSING, IDENTITY_LOCKED. */
  addOwnRecipient(): Promise<{ recipient: string; file: string }>;
  /** HMAC-SHA256 under a key of this installation: `hmac-sha256:<hex>`, for digests of what could be guessed. */
  keyedDigest(bytes: Uint8Array): Promise<string>;
  /** The same, for a stream of parts. */
  keyedHash(): Promise<{ update(bytes: Uint8Array): void; digest(): string }>;
}
