import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Architecture, bootEntry, bootLoaderConfiguration, grubConfiguration } from './architecture.ts';
import { runProgram } from './run-program.ts';

interface Installation {
  /** For files on their way. */
  readonly work: string;
  readonly image: string;
  /** The system's folder, its packages installed. */
  readonly root: string;
  /** The boot partition, in the words of mtools. */
  readonly fat: string;
  /** Bytes before the first partition. */
  readonly gap: number;
  readonly architecture: Architecture;
}

/** Makes the card boot by itself. */
export async function installBootLoader(installation: Installation): Promise<void> {
  if (installation.architecture.name === 'amd64') await installGrub(installation);
  else await installSystemdBoot(installation);
}

/**
 * boot.img's code before the partition table, core.img from the second sector on: what grub-bios-setup does, whose
 * defaults are right for a gap that begins there (GRUB's boot/i386/pc/boot.S, diskboot.S).
 */
async function installGrub({ work, image, fat, gap }: Installation): Promise<void> {
  const core = join(work, 'core.img');
  const modules = [
    'biosdisk',
    'part_msdos',
    'fat',
    'normal',
    'configfile',
    'linux',
    'serial',
    'terminal',
    'test',
  ];
  await runProgram('grub-mkimage', ['-O', 'i386-pc', '-p', '(hd0,msdos1)/grub', '-o', core, ...modules]);
  const bootCode = (await readFile('/usr/lib/grub/i386-pc/boot.img')).subarray(0, 440);
  const coreImage = await readFile(core);
  if (512 + coreImage.length > gap) throw new Error('GRUB does not fit before the first partition');
  const file = await open(image, 'r+');
  try {
    await file.write(bootCode, 0, bootCode.length, 0);
    await file.write(coreImage, 0, coreImage.length, 512);
  } finally {
    await file.close();
  }
  await runProgram('mmd', ['-i', fat, '::/grub']);
  await copyText({ work, fat }, '/grub/grub.cfg', grubConfiguration);
}

/** Where UEFI looks on a medium it knows nothing of: \EFI\BOOT\BOOTAA64.EFI (UEFI specification, 3.5.1.1). */
async function installSystemdBoot({ work, root, fat }: Installation): Promise<void> {
  await runProgram('mmd', ['-i', fat, '::/EFI', '::/EFI/BOOT', '::/loader', '::/loader/entries']);
  const program = join(root, 'usr/lib/systemd/boot/efi/systemd-bootaa64.efi');
  await runProgram('mcopy', ['-i', fat, program, '::/EFI/BOOT/BOOTAA64.EFI']);
  await copyText({ work, fat }, '/loader/loader.conf', bootLoaderConfiguration);
  await copyText({ work, fat }, '/loader/entries/debian.conf', bootEntry());
}

async function copyText(
  { work, fat }: Pick<Installation, 'work' | 'fat'>,
  path: string,
  text: string,
): Promise<void> {
  const file = join(work, 'text');
  await writeFile(file, text);
  await runProgram('mcopy', ['-i', fat, file, `::${path}`]);
}
