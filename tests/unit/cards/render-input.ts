import { createHash } from 'node:crypto';
import { inventorySchema, type Inventory } from '../../../shared/schemas/inventory.ts';
import type { ImageEntry, RenderInput } from '../../../electron/services/cards/render/desired-entry.ts';

type Json = Record<string, unknown>;

/** A class and a node as titan-13 is; a test changes what it is about. */
export function titan13(change: { node?: Json; nodeClass?: Json; image?: Json } = {}): Inventory {
  return inventorySchema.parse({
    schema: 'sifaka.inventory/1',
    images: {
      'armbian-longhorn': {
        file: 'metis/images/armbian.img.zst',
        sha256: createHash('sha256').update('image').digest('hex'),
        bootPartition: 1,
        rootPartition: 2,
        ...change.image,
      },
    },
    classes: {
      'rpi4-armbian-longhorn': {
        image: 'armbian-longhorn',
        networkRenderer: 'netplan',
        users: [
          {
            name: 'atlas',
            uid: 1000,
            gecos: 'Operator',
            groups: ['sudo'],
            authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFqo operator@desk'],
            sudo: true,
          },
        ],
        hosts: [{ address: '192.168.22.11', names: ['titan-0a', 'api.titan.internal'] }],
        ...change.nodeClass,
      },
    },
    nodes: {
      'titan-13': {
        class: 'rpi4-armbian-longhorn',
        network: {
          interface: 'end0',
          addresses: ['192.168.22.43/24'],
          gateway: '192.168.22.1',
          nameservers: ['192.168.22.1'],
          search: ['titan.internal'],
        },
        k3s: {
          role: 'agent',
          server: 'https://192.168.22.11:6443',
          tokenSecret: 'k3s-token',
          nodePasswordSecret: 'titan-13-node-password',
          labels: { 'node.longhorn.io/create-default-disk': 'true' },
          taints: ['storage=only:NoSchedule'],
          nodeIp: '192.168.22.43',
          flannelInterface: 'end0',
          kubeletArguments: ['max-pods=60'],
        },
        longhornDisks: [{ uuid: '6A1E0B6C-0B1D-4C7F-9B5E-0D5B0F0E1301', mountPath: '/mnt/longhorn-1' }],
        ...change.node,
      },
    },
  });
}

export const secrets = {
  'k3s-token': 'K10deadbeef::server:0123456789\n',
  'titan-13-node-password': 'node-password-of-titan-13',
};

/** An image's own files, small but with the traps of real ones: a comment, a Latin-1 byte, a missing final newline. */
export const imageFiles: Record<string, [mode: number, gid: number, content: string]> = {
  '/etc/passwd': [
    0o644,
    0,
    'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nold:x:998:998:M\xfcller:/opt/old:/bin/false\n',
  ],
  '/etc/shadow': [0o640, 42, 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nold:!:19000::::::\n'],
  '/etc/group': [0o644, 0, 'root:x:0:\ndaemon:x:1:\nsudo:x:27:\nshadow:x:42:\nold:x:998:'],
  '/etc/gshadow': [0o640, 42, 'root:*::\ndaemon:*::\nsudo:*::\nshadow:*::\nold:!::\n'],
};

export function imageEntries(
  files: Record<string, [number, number, string]> = imageFiles,
): Map<string, ImageEntry> {
  return new Map(
    Object.entries(files).map(([path, [mode, gid, text]]) => {
      const content = new Uint8Array(Buffer.from(text, 'latin1'));
      return [path, { info: { kind: 'file', mode, uid: 0, gid, size: content.length }, content }];
    }),
  );
}

export const clock = new Date('2025-03-01T12:00:00Z');

export function renderInput(
  change: { node?: Json; nodeClass?: Json; image?: Json } = {},
  more: Partial<Pick<RenderInput, 'imageEntries' | 'hooks'>> & { secrets?: Record<string, string> } = {},
): RenderInput {
  const inventory = titan13(change);
  const node = inventory.nodes['titan-13'];
  const nodeClass = inventory.classes['rpi4-armbian-longhorn'];
  const image = inventory.images['armbian-longhorn'];
  if (!node || !nodeClass || !image) throw new Error('the fixture lost its node');
  return {
    nodeName: 'titan-13',
    node,
    nodeClass,
    image,
    imageEntries: more.imageEntries ?? imageEntries(),
    secrets: new Map(
      Object.entries(more.secrets ?? secrets).map(([name, text]) => [name, new TextEncoder().encode(text)]),
    ),
    hooks: more.hooks ?? new Map(),
    clock,
  };
}
