/** What a golden image's file is, by its first bytes; its name says nothing. */
export type ImageFormat = 'raw' | 'gz' | 'xz' | 'zst' | 'zip';

/** Bytes from the start of a file that suffice to recognise it: a GPT header on 4096-byte sectors ends here. */
export const headBytes = 8192;

const compressed: readonly { format: ImageFormat; magic: readonly number[] }[] = [
  // RFC 1952, section 2.3.1: ID1, ID2, CM = deflate.
  { format: 'gz', magic: [0x1f, 0x8b, 0x08] },
  // The .xz file format 1.2.1, section 2.1.1.1.
  { format: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  // RFC 8878, section 3.1.1; a file of several frames may start with a skippable one (section 3.1.2).
  { format: 'zst', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  ...Array.from({ length: 16 }, (_, low) => ({
    format: 'zst' as const,
    magic: [0x50 + low, 0x2a, 0x4d, 0x18],
  })),
  // APPNOTE.TXT 6.3.10, section 4.3.7: local file header.
  { format: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
];

/** Containers that could hold a boot signature by chance, and would ruin a card if they were written as they are. */
const refused: readonly { name: string; magic: readonly number[] }[] = [
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: '7-Zip', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: 'RAR', magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
  { name: 'LZ4', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'QCOW2', magic: [0x51, 0x46, 0x49, 0xfb] },
  { name: 'VMDK', magic: [0x4b, 0x44, 0x4d, 0x56] },
  { name: 'VHD', magic: [0x63, 0x6f, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x78] },
  { name: 'VHDX', magic: [0x76, 0x68, 0x64, 0x78, 0x66, 0x69, 0x6c, 0x65] },
  { name: 'Android sparse', magic: [0x3a, 0xff, 0x26, 0xed] },
];

/** `head` is the file's first `headBytes` bytes, or all of a shorter file. */
export function detectFormat(head: Uint8Array): ImageFormat | { unknown: string } {
  const found = compressed.find(({ magic }) => startsWith(head, magic));
  if (found) return found.format;
  const container = refused.find(({ magic }) => startsWith(head, magic));
  if (container) return { unknown: `${container.name} data` };
  if (hasBootSignature(head) || gptSectorSize(head) !== undefined) return 'raw';
  return { unknown: 'neither a disk image nor .gz, .xz, .zst or .zip' };
}

/** The MBR's last two bytes; a protective MBR before a GPT has them too (UEFI 2.10, table 5.1). */
export function hasBootSignature(head: Uint8Array): boolean {
  return head.length >= 512 && head[510] === 0x55 && head[511] === 0xaa;
}

/** Where a GPT header stands says how large its sectors are (UEFI 2.10, section 5.3.2: it is in LBA 1). */
export function gptSectorSize(head: Uint8Array): 512 | 4096 | undefined {
  const signature = [...Buffer.from('EFI PART', 'latin1')];
  if (startsWith(head.subarray(512), signature)) return 512;
  if (startsWith(head.subarray(4096), signature)) return 4096;
  return undefined;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte);
}
