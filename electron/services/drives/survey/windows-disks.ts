import { z } from 'zod';
import { jsonOf, outputOf } from './system-program.ts';

/**
 * What Windows' Storage module says, as JSON. The names are those of the classes MSFT_Disk, MSFT_Partition, MSFT_Volume
 * and Win32_PageFileUsage (learn.microsoft.com, "Windows Storage Management API"). Numbers that stand for words are
 * turned into the words by PowerShell, and an array of one stays an array.
 */
const script = `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
@{
  disks = @(Get-Disk | Select-Object Number, FriendlyName, SerialNumber, UniqueId, Size,
    @{ n = 'BusType'; e = { "$($_.BusType)" } }, @{ n = 'PartitionStyle'; e = { "$($_.PartitionStyle)" } },
    LogicalSectorSize, IsBoot, IsSystem, IsOffline, IsReadOnly, IsClustered)
  partitions = @(Get-Partition | Select-Object DiskNumber, PartitionNumber, Size, GptType, MbrType, IsBoot, IsSystem,
    @{ n = 'AccessPaths'; e = { @($_.AccessPaths) } })
  volumes = @(Get-Volume | Select-Object Path, FileSystem, FileSystemLabel)
  pageFiles = @(Get-CimInstance Win32_PageFileUsage | ForEach-Object { "$($_.Name)" })
} | ConvertTo-Json -Depth 4 -Compress
`;

const text = z.string().nullish();
const flag = z.boolean().nullish();
/** Windows PowerShell 5.1 writes an empty array in a property as null or as an empty object. */
const list = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (Array.isArray(value) ? value : value === null ? [] : [value]), z.array(item));

const disksSchema = z.object({
  disks: list(
    z.object({
      Number: z.int().nonnegative(),
      FriendlyName: text,
      SerialNumber: text,
      UniqueId: text,
      Size: z.number().int().nonnegative().nullish(),
      BusType: z.string(),
      PartitionStyle: text,
      /** Bytes. */
      LogicalSectorSize: z.number().int().nonnegative().nullish(),
      IsBoot: flag,
      IsSystem: flag,
      IsOffline: flag,
      IsReadOnly: flag,
      IsClustered: flag,
    }),
  ),
  partitions: list(
    z.object({
      DiskNumber: z.int().nonnegative(),
      PartitionNumber: z.int().nonnegative(),
      Size: z.number().int().nonnegative(),
      GptType: text,
      MbrType: z.int().nullish(),
      IsBoot: flag,
      IsSystem: flag,
      AccessPaths: list(z.string().nullable()),
    }),
  ),
  volumes: list(z.object({ Path: text, FileSystem: text, FileSystemLabel: text })),
  pageFiles: list(z.string()),
});
export type WindowsDisks = z.infer<typeof disksSchema>;
export type WindowsDisk = WindowsDisks['disks'][number];
export type WindowsPartition = WindowsDisks['partitions'][number];

/** `undefined` when PowerShell is missing, fails or takes too long. */
export function runGetDisk(): Promise<string | undefined> {
  return outputOf('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script], {
    timeoutMilliseconds: 60_000,
  });
}

/** `undefined` when it is of another shape. */
export function parseGetDisk(output: string): WindowsDisks | undefined {
  return jsonOf(output.replace(/^\ufeff/, ''), disksSchema);
}
