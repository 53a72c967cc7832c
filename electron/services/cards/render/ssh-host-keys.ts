import { inventoryMistake, symlink, textFile, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { badSecret, secretBytes } from './secret-text.ts';

/** Units that make new host keys on a first boot: raspberrypi-sys-mods' own. */
export const keyRegeneration = {
  unit: 'regenerate_ssh_host_keys.service',
  unitPaths: [
    '/lib/systemd/system/regenerate_ssh_host_keys.service',
    '/usr/lib/systemd/system/regenerate_ssh_host_keys.service',
  ],
  /** Read by armbian-firstrun, which otherwise deletes and makes them anew. */
  armbianDefaults: '/etc/default/armbian-firstrun',
} as const;

/** The host keys that the node's peers have pinned, and what would replace them on the first boot switched off. */
export function renderSshHostKeys(input: RenderInput): DesiredEntry[] {
  if (input.node.sshHostKeys.length === 0) return [];
  const keys = input.node.sshHostKeys.flatMap(({ type, privateKeySecret, publicKey }): DesiredEntry[] => {
    requirePublicType(input.nodeName, type, publicKey);
    const path = `/etc/ssh/ssh_host_${type}_key`;
    return [
      {
        kind: 'file',
        path,
        mode: 0o600,
        uid: 0,
        gid: 0,
        content: privateKey(secretBytes(input, privateKeySecret), privateKeySecret, publicKey),
        secret: true,
        reason: `The ${type} host key that the node's peers know.`,
      },
      textFile(`${path}.pub`, [publicKey], `The public half of the ${type} host key.`),
    ];
  });
  return [...keys, ...keepKeys(input)];
}

function keepKeys(input: RenderInput): DesiredEntry[] {
  const entries: DesiredEntry[] = [];
  if (keyRegeneration.unitPaths.some((path) => input.imageEntries.has(path))) {
    entries.push(
      symlink(
        `/etc/systemd/system/${keyRegeneration.unit}`,
        '/dev/null',
        'Keeps the first boot from making new SSH host keys.',
      ),
    );
  }
  const armbian = input.imageEntries.get(keyRegeneration.armbianDefaults);
  if (armbian?.content !== undefined) {
    const others = new TextDecoder()
      .decode(armbian.content)
      .trimEnd()
      .split('\n')
      .filter((line) => !/^\s*OPENSSHD_REGENERATE_HOST_KEYS=/.test(line));
    entries.push(
      textFile(
        keyRegeneration.armbianDefaults,
        [...others, 'OPENSSHD_REGENERATE_HOST_KEYS=false'],
        'Keeps the first boot from making new SSH host keys.',
      ),
    );
  }
  return entries;
}

const publicTypes = { ed25519: 'ssh-ed25519', rsa: 'ssh-rsa', ecdsa: 'ecdsa-sha2-nistp256' } as const;

function requirePublicType(nodeName: string, type: keyof typeof publicTypes, publicKey: string): void {
  if (!publicKey.startsWith(`${publicTypes[type]} `)) {
    throw inventoryMistake(
      `The ${type} host key of ${nodeName} has a public key of another type.`,
      `Correct publicKey in /nodes/${nodeName}/sshHostKeys: it begins with ${publicTypes[type]}.`,
    );
  }
}

/**
 * A PEM block with Unix line ends and a final newline, which sshd insists on, in a buffer of its own. An OpenSSH
 * private key carries its public key unencrypted (PROTOCOL.key), so that a mix-up is found here and not on the node.
 */
function privateKey(secret: Uint8Array, name: string, publicKey: string): Uint8Array {
  const lineEnds = secret.filter((byte) => byte !== 0x0d);
  const begin = Buffer.from('-----BEGIN ');
  const text = Buffer.from(lineEnds.buffer, lineEnds.byteOffset, lineEnds.byteLength);
  if (!text.subarray(0, begin.length).equals(begin))
    throw badSecret(name, 'is not a private key in PEM form');
  if (text.subarray(0, 36).includes('OPENSSH PRIVATE KEY')) {
    const body = Buffer.from(text.toString('latin1').replaceAll(/-----[^\n]*-----|\s/g, ''), 'base64');
    const publicBlob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
    const belongs = publicBlob.length > 0 && body.includes(publicBlob);
    body.fill(0);
    if (!belongs) throw badSecret(name, 'is not the private half of the public key in the inventory');
  }
  if (text.at(-1) === 0x0a) return lineEnds;
  const ended = new Uint8Array(lineEnds.length + 1);
  ended.set(lineEnds);
  ended[lineEnds.length] = 0x0a;
  lineEnds.fill(0);
  return ended;
}
