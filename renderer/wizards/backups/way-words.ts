import { t } from '@lingui/core/macro';
import type { BackupMethod, BackupMode } from '../../../shared/schemas/backup-policy.ts';
import { formatBytes } from '../../text/format.ts';

export const methods: readonly BackupMethod[] = ['vzdump', 'export'];
export const modes: readonly BackupMode[] = ['snapshot', 'suspend', 'stop'];

export function methodWords(method: BackupMethod): string {
  const words: Record<BackupMethod, string> = {
    vzdump: t`vzdump archive`,
    export: t`Export: configuration and disk images`,
  };
  return words[method];
}

export function modeWords(mode: BackupMode): { readonly name: string; readonly about: string } {
  const words: Record<BackupMode, { name: string; about: string }> = {
    snapshot: { name: t`Snapshot`, about: t`It goes on running.` },
    suspend: { name: t`Suspend`, about: t`It stands still while it is backed up.` },
    stop: { name: t`Stop`, about: t`It is shut down for it, and started again.` },
  };
  return words[mode];
}

/** Of KiB per second, as vzdump counts. */
export function limitWords(kibibytes: number): string {
  if (kibibytes === 0) return t`no limit`;
  const rate = formatBytes(kibibytes * 1024);
  return t`at most ${rate}/s`;
}
