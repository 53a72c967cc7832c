import { z } from 'zod';
import type { BackupStorage } from '../../../../shared/schemas/backup-manifest.ts';
import { storageIdSchema } from '../../../../shared/schemas/backup-names.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { flagSchema, type Rows, rowsIn, sizeSchema, textSchema } from './pve-json.ts';

const mostStorages = 500;

/** `pvesh get /nodes/NODE/storage` (pve-manager, PVE/API2/Storage/Status.pm). */
const rowSchema = z.looseObject({
  storage: storageIdSchema,
  type: textSchema,
  content: textSchema,
  shared: flagSchema,
  active: flagSchema,
  enabled: z.unknown().optional(),
  total: sizeSchema,
  used: sizeSchema,
  avail: sizeSchema,
});

/** A node's storages; those that are switched off are left out. `undefined` when that is no such list. */
export function storagesInJson(text: string): Rows<BackupStorage> | undefined {
  const found = rowsIn(text, rowSchema, mostStorages);
  return (
    found && {
      rows: found.rows.filter(({ enabled }) => enabled !== 0 && enabled !== '0').map(storageIn),
      unread: found.unread,
    }
  );
}

function storageIn(row: z.output<typeof rowSchema>): BackupStorage {
  const { storage, type, content, shared, active, total, used, avail } = row;
  // Of one that is not active they are all 0.
  const isSized = active && total !== undefined && total > 0;
  return {
    storage,
    type: onOneLine(type ?? '', 40),
    shared,
    active,
    backups: (content ?? '').split(',').includes('backup'),
    ...(isSized ? { totalBytes: total } : {}),
    ...(isSized && used !== undefined ? { usedBytes: used } : {}),
    ...(isSized && avail !== undefined ? { availableBytes: avail } : {}),
  };
}

/**
 * `pvesm status` (pve-storage, PVE/CLI/pvesm.pm): name, type, status, and total, used and available in KiB. It does not say
 * what a storage is for: `withBackups` are those that storage.cfg has for backups, and `server` is what makes one shared.
 */
export function storagesInStatus(
  text: string,
  withBackups: ReadonlyMap<string, StorageOfConfiguration>,
): BackupStorage[] {
  return text.split('\n', mostStorages).flatMap((line) => {
    const [, name, type, state, total, used, available] =
      /^(\S+) +(\S+) +(active|inactive|disabled) +(\d{1,18}) +(\d{1,18}) +(\d{1,18}) /.exec(`${line} `) ?? [];
    const storage = storageIdSchema.safeParse(name);
    if (!storage.success || type === undefined || state === 'disabled') return [];
    const configured = withBackups.get(storage.data);
    return [
      {
        storage: storage.data,
        type: onOneLine(type, 40),
        shared: configured?.server !== undefined,
        active: state === 'active',
        backups: configured !== undefined,
        ...(state === 'active'
          ? {
              totalBytes: Number(total) * 1024,
              usedBytes: Number(used) * 1024,
              availableBytes: Number(available) * 1024,
            }
          : {}),
      },
    ];
  });
}

/** A storage with backups as the node's storage.cfg has it. */
export interface StorageOfConfiguration {
  readonly server?: string;
  /** Its dump folder there; missing when it is none that can be listed. */
  readonly folder?: string;
}

/** The part `with-backups` of an answer: name, server and folder, parted by tabs. */
export function storagesOfConfiguration(text: string): Map<string, StorageOfConfiguration> {
  return new Map(
    text.split('\n', mostStorages).flatMap((line) => {
      const [name, server = '-', folder = '-'] = line.split('\t');
      const storage = storageIdSchema.safeParse(name);
      if (!storage.success) return [];
      return [
        [
          storage.data,
          {
            ...(/^[0-9A-Za-z:][0-9A-Za-z._:-]{0,252}$/.test(server) ? { server } : {}),
            ...(folder.startsWith('/') && folder.length <= 1000 ? { folder } : {}),
          },
        ] as const,
      ];
    }),
  );
}
