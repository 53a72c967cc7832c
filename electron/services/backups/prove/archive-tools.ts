import type { Compression } from '../../../../shared/schemas/backup-policy.ts';
import type { Packer } from '../archives/read-on-node.ts';

/** How one file of an archive is packed and what is in it, by its name (PVE::Storage::archive_info; our exports). */
export interface FileKind {
  readonly packer: Packer | undefined;
  readonly content: 'vma' | 'tar' | undefined;
}

const packers: Readonly<Record<string, Packer>> = { zst: 'zstd', gz: 'gzip', lzo: 'lzop', bz2: 'bzip2' };

export function fileKind(name: string): FileKind {
  const [, content, packed] = /\.(vma|tar|raw)(?:\.(zst|gz|lzo|bz2))?$/.exec(name) ?? [];
  return {
    packer: packed === undefined ? undefined : packers[packed],
    content: content === 'vma' || content === 'tar' ? content : undefined,
  };
}

/** In words of the policy. */
export function compressionOf(name: string): Compression {
  const { packer } = fileKind(name);
  if (packer === 'zstd' || packer === 'gzip') return packer;
  return packer === 'lzop' ? 'lzo' : 'none';
}
