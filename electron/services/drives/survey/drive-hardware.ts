import { dirname, join } from 'node:path';
import { attribute, attributeBytes, namesIn, realPlace } from './sysfs.ts';

/** A piece of hardware behind a block device, from files of sysfs that everyone may read. */
export interface Hardware {
  /** `mmc`, `usb`, `nvme`, `sata`, `sas`, `virtio`, `firewire`, `iscsi`, `fibre-channel` … or the kernel's own word. */
  readonly bus: string;
  /** Another machine is behind it. */
  readonly overNetwork: boolean;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** World-wide name, where it has one. */
  readonly worldWideName: string | undefined;
  /** Card identification register (JEDEC/SD: 16 bytes as 32 hexadecimal digits). */
  readonly cid: string | undefined;
  /** `SD`, or `MMC` for a soldered one. */
  readonly cardType: string | undefined;
}

/** Where a device hangs, by the folders above it; the first that fits is the bus nearest to the cable. */
const buses: readonly (readonly [pattern: RegExp, bus: string])[] = [
  [/\/mmc_host\//, 'mmc'],
  [/\/usb\d+(\/|$)/, 'usb'],
  [/\/fw\d+(\/|$)/, 'firewire'],
  [/\/session\d+\//, 'iscsi'],
  [/\/rport-[\d:-]+\//, 'fibre-channel'],
  [/\/nvme(-fabrics|-subsystem)?\//, 'nvme'],
  [/\/end_device-[\d:]+\//, 'sas'],
  [/\/ata\d+\//, 'sata'],
  [/\/virtio\d+(\/|$)/, 'virtio'],
];
const networkBuses: ReadonlySet<string> = new Set(['iscsi', 'fibre-channel', 'rbd', 'nvme-over-fabrics']);

/** `undefined` when no hardware is behind it: loop, device mapper, RAM disks. */
export async function hardwareOf(place: string): Promise<Hardware | undefined> {
  const device = await realPlace(join(place, 'device'));
  if (device === undefined) return undefined;
  const read = (file: string) => attribute(join(device, file));
  const bus = await busOf(device);
  const port = bus === 'usb' ? await usbPort(device) : undefined;
  const fromPort = (file: string) => (port === undefined ? undefined : attribute(join(port, file)));
  return {
    bus,
    overNetwork: networkBuses.has(bus),
    model: words(
      bus === 'mmc' ? await read('name') : joined(await read('vendor'), await read('model')),
      joined(await fromPort('manufacturer'), await fromPort('product')),
    ),
    serial: words(
      await fromPort('serial'),
      unitSerialNumber(await attributeBytes(join(device, 'vpd_pg80'))),
      await read('serial'),
      await attribute(join(place, 'serial')),
    ),
    worldWideName: words(await attribute(join(place, 'wwid')), await read('wwid')),
    cid: words(await read('cid')),
    cardType: bus === 'mmc' ? words(await read('type')) : undefined,
  };
}

async function busOf(device: string): Promise<string> {
  const known = buses.find(([pattern]) => pattern.test(`${device}/`))?.[1];
  if (known === 'nvme') {
    const transports = await nvmeTransports(device);
    return transports.every((transport) => transport === 'pcie') ? 'nvme' : 'nvme-over-fabrics';
  }
  if (known !== undefined) return known;
  const subsystem = await realPlace(join(device, 'subsystem'));
  return subsystem?.split('/').at(-1) ?? 'unknown';
}

/** Of the controller, or with multipath of every controller of the subsystem. */
async function nvmeTransports(device: string): Promise<string[]> {
  const controllers = (await namesIn(device)).filter((name) => /^nvme\d+$/.test(name));
  const places = [device, ...controllers.map((name) => join(device, name))];
  const transports = await Promise.all(places.map((place) => attribute(join(place, 'transport'))));
  return transports.filter((transport) => transport !== undefined);
}

/** SCSI's unit serial number page: a header with the length in bytes 2 and 3, then ASCII (SPC-4, 7.8.18). */
function unitSerialNumber(page: Buffer | undefined): string | undefined {
  if (page === undefined || page.length < 4) return undefined;
  return page.toString('latin1', 4, 4 + page.readUInt16BE(2));
}

/** The USB device above an interface: the folder that has a vendor. */
async function usbPort(device: string): Promise<string | undefined> {
  for (let folder = device; folder !== dirname(folder); folder = dirname(folder)) {
    if ((await attribute(join(folder, 'idVendor'))) !== undefined) return folder;
  }
  return undefined;
}

function joined(...texts: readonly (string | undefined)[]): string {
  // PCI and virtio have a number as their vendor: it says nothing to a person.
  return texts.filter((text) => text !== undefined && !/^0x[\da-f]+$/i.test(text)).join(' ');
}

function words(...texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const plain = text?.replaceAll('\0', ' ').trim();
    if (plain) return plain;
  }
  return undefined;
}
