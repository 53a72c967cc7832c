/**
 * What the script of survey/windows-disks.ts prints on a machine with a built-in disk and a stick with a letter: the
 * properties of MSFT_Disk, MSFT_Partition, MSFT_Volume and Win32_PageFileUsage with values their pages give
 * (learn.microsoft.com/windows-hardware/drivers/storage), in the form in which ConvertTo-Json prints Select-Object's.
 * Written from the documentation; nobody has recorded it on a machine yet.
 */
export function getDiskOutput(size: number): string {
  const disk = { PartitionStyle: 'MBR', IsOffline: false, IsReadOnly: false, IsClustered: false };
  const partition = { PartitionNumber: 1, GptType: null, MbrType: 12, IsBoot: false, IsSystem: false };
  return `\ufeff${JSON.stringify({
    disks: [
      {
        ...disk,
        Number: 0,
        FriendlyName: 'Samsung SSD 980',
        SerialNumber: '0025_38B4_2140_3C51.',
        UniqueId: 'eui.002538B421403C51',
        Size: 512_110_190_592,
        BusType: 'NVMe',
        PartitionStyle: 'GPT',
        IsBoot: true,
        IsSystem: true,
      },
      {
        ...disk,
        Number: 1,
        FriendlyName: 'SanDisk Ultra',
        SerialNumber: ' 4C530001',
        UniqueId: 'USBSTOR\\DISK&VEN_SANDISK',
        Size: size,
        BusType: 'USB',
        IsBoot: false,
        IsSystem: false,
      },
    ],
    partitions: [
      {
        ...partition,
        DiskNumber: 0,
        Size: 511_000_000_000,
        GptType: '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}',
        MbrType: null,
        IsBoot: true,
        AccessPaths: ['C:\\', '\\\\?\\Volume{c}\\'],
      },
      { ...partition, DiskNumber: 1, Size: 50_000_000, AccessPaths: ['E:\\', '\\\\?\\Volume{e}\\'] },
    ],
    volumes: [
      { Path: '\\\\?\\Volume{c}\\', FileSystem: 'NTFS', FileSystemLabel: 'Windows' },
      { Path: '\\\\?\\Volume{e}\\', FileSystem: 'FAT32', FileSystemLabel: 'bootfs' },
    ],
    pageFiles: ['C:\\pagefile.sys'],
  })}\r\n`;
}
