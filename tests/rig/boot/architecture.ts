/** What differs between the machines that the proof is made on. */
export interface Architecture {
  /** Debian's name of it. */
  readonly name: 'amd64' | 'arm64';
  readonly packages: readonly string[];
  /** Programs, as they are found on the PATH, and files that the proof needs here besides. */
  readonly tools: readonly string[];
  readonly files: readonly string[];
  /** What the second network card is called, after where it is plugged in (systemd.net-naming-scheme(7)). */
  readonly interface: string;
  /** Program and arguments of an emulated machine, without its devices. */
  readonly machine: readonly string[];
  /** A file on the boot partition by which its boot loader adds arguments to the kernel's command line. */
  bootHook(argumentsOfKernel: string): { readonly target: string; readonly text: string };
}

/** Arguments of the kernel that every node gets; the console is where `VirtualMachine` listens. */
const kernelArguments = (console: string) =>
  `root=LABEL=golden-root ro console=${console} quiet systemd.show_status=true`;

/** A PC with a BIOS: GRUB in the gap after the partition table, its configuration and the kernel on the FAT partition. */
export const amd64: Architecture = {
  name: 'amd64',
  packages: ['ifupdown', 'linux-image-cloud-amd64', 'netplan.io'],
  tools: ['qemu-system-x86_64', 'grub-mkimage'],
  files: ['/usr/lib/grub/i386-pc/boot.img'],
  interface: 'ens5',
  machine: ['qemu-system-x86_64', '-cpu', 'max', '-m', '512'],
  bootHook: (more) => ({ target: '/boot/firmware/node.cfg', text: `set node_arguments="${more}"\n` }),
};

/** UEFI for QEMU's `virt` board, of Debian's qemu-efi-aarch64. */
const firmware = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';

/** A board with UEFI: systemd-boot, its entries and the kernel on the FAT partition. */
export const arm64: Architecture = {
  name: 'arm64',
  packages: ['linux-image-cloud-arm64', 'systemd-boot-efi'],
  tools: ['qemu-system-aarch64', 'qemu-aarch64-static'],
  files: [firmware],
  interface: 'enp0s5',
  machine: ['qemu-system-aarch64', '-M', 'virt', '-cpu', 'cortex-a72', '-m', '768', '-bios', firmware],
  bootHook: (more) => ({ target: '/boot/firmware/loader/entries/node.conf', text: bootEntry(more) }),
};

/** GRUB's configuration. A hook of the node may put /node.cfg there. */
export const grubConfiguration = `serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set node_arguments=
if [ -f ($root)/node.cfg ]; then
    source ($root)/node.cfg
fi
linux /vmlinuz ${kernelArguments('ttyS0,115200')} $node_arguments
initrd /initrd.img
boot
`;

/** An entry of systemd-boot (Boot Loader Specification, type 1). */
export function bootEntry(more = ''): string {
  return `title Debian\nlinux /vmlinuz\ninitrd /initrd.img\noptions ${kernelArguments('ttyAMA0')} ${more}\n`;
}

/** systemd-boot's configuration: the entry of the node's own hook if there is one, else the only other. */
export const bootLoaderConfiguration = 'timeout 0\ndefault node.conf\n';
