/** What lies under a name: one lstat, in the units that Node has it. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  readonly size: number;
  /** Milliseconds since 1970 with fractions: a double, so good to a quarter of a microsecond. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
  readonly device: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** How many names the file has. */
  readonly links: number;
  /** 512-byte blocks: fewer than the size asks for in a sparse file. */
  readonly blocks: number;
}

/**
 * A name or relative path as its bytes, one byte a character (latin1): what `readdirSync(…, { encoding: 'latin1' })` gives.
 * Never given to Node as a path before `nativePath` made a Buffer of it, unless all of it is ASCII. `/` between names.
 */
export type ByteName = string & { readonly __bytes?: never };
