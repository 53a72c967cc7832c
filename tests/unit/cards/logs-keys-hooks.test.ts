import { describe, expect, it } from 'vitest';
import type { Hook } from '../../../shared/schemas/inventory.ts';
import { codeOf, rendered } from './rendered.ts';
import { imageEntries, renderInput, secrets } from './render-input.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const hook = (target: string, more: Partial<Hook> = {}) => ({ source: 'metis/hooks/a', target, ...more });
const content = new Map([
  ['metis/hooks/a', bytes('from a {{node}} $HOME\r\n\0')],
  ['metis/hooks/b', bytes('from b')],
]);

/** An OpenSSH private key's armour around any body. */
function privateKey(body: Buffer): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----`;
}

describe('logs', () => {
  it('are bounded by a journald drop-in and a daily timer', () => {
    const logs = { journalMaxUse: '50M', journalMaxRetention: '7day', logFileDays: 3 };
    const card = rendered(renderInput({ nodeClass: { logs } }));
    expect(card.text('/etc/systemd/journald.conf.d/60-sifaka.conf')).toMatch(
      /\n\[Journal\]\nSystemMaxUse=50M\nMaxRetentionSec=7day\n$/,
    );
    expect(card.text('/etc/systemd/system/sifaka-collect-logs.service')).toContain(
      'ExecStart=/usr/local/lib/sifaka/collect-logs 3 /var/log\n',
    );
    expect(card.paths).toContain('/etc/systemd/system/timers.target.wants/sifaka-collect-logs.timer');
  });
});

describe('SSH host keys', () => {
  /** The layout of PROTOCOL.key, with a body that is long enough to hold the public half. */
  const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]);
  const publicKey = `ssh-ed25519 ${blob.toString('base64')} root@titan-13`;
  const right = privateKey(Buffer.concat([Buffer.from('openssh-key-v1\0'), blob, Buffer.alloc(40, 1)]));
  const keyed = (key: string, entries = imageEntries()) =>
    renderInput(
      { node: { sshHostKeys: [{ type: 'ed25519', privateKeySecret: 'host-key', publicKey }] } },
      { secrets: { ...secrets, 'host-key': key }, imageEntries: entries },
    );

  it('come as a private and a public file, with the line end sshd insists on', () => {
    const card = rendered(keyed(right.replaceAll('\n', '\r\n')));
    expect(card.text('/etc/ssh/ssh_host_ed25519_key')).toBe(`${right}\n`);
    expect(card.owner('/etc/ssh/ssh_host_ed25519_key')).toBe('0600 0:0');
    expect(card.file('/etc/ssh/ssh_host_ed25519_key').secret).toBe(true);
    expect(card.text('/etc/ssh/ssh_host_ed25519_key.pub')).toBe(`${publicKey}\n`);
    expect(card.owner('/etc/ssh/ssh_host_ed25519_key.pub')).toBe('0644 0:0');
  });

  it('are refused when the halves do not belong together, or one is no key', () => {
    const other = privateKey(Buffer.concat([Buffer.from('openssh-key-v1\0'), Buffer.alloc(90, 2)]));
    expect(codeOf(() => rendered(keyed(other)))).toBe('SECRET_UNREADABLE');
    expect(codeOf(() => rendered(keyed('hello')))).toBe('SECRET_UNREADABLE');
    const wrongType = { type: 'rsa', privateKeySecret: 'host-key', publicKey };
    const input = renderInput(
      { node: { sshHostKeys: [wrongType] } },
      { secrets: { ...secrets, 'host-key': right } },
    );
    expect(codeOf(() => rendered(input))).toBe('LAB_FILE_INVALID');
  });

  it('are kept from the first boots that make new ones', () => {
    const entries = imageEntries({
      '/etc/default/armbian-firstrun': [0o644, 0, '# armbian\nOPENSSHD_REGENERATE_HOST_KEYS=true\nOTHER=1\n'],
    });
    for (const [path, entry] of imageEntries()) entries.set(path, entry);
    entries.set('/usr/lib/systemd/system/regenerate_ssh_host_keys.service', {
      info: { kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 },
    });
    const card = rendered(keyed(right, entries));
    expect(card.text('/etc/default/armbian-firstrun')).toBe(
      '# armbian\nOTHER=1\nOPENSSHD_REGENERATE_HOST_KEYS=false\n',
    );
    expect(
      card.entries.find(({ entry }) => entry.path.endsWith('/regenerate_ssh_host_keys.service'))?.entry,
    ).toMatchObject({ kind: 'symlink', linkTarget: '/dev/null' });
  });
});

describe('hooks', () => {
  it('are copied byte for byte, with mode and owner, and nothing in them is expanded', () => {
    const hooks = [hook('/etc/x.conf', { mode: '04750', owner: '33:44' })];
    const card = rendered(renderInput({ nodeClass: { hooks } }, { hooks: content }));
    expect(card.file('/etc/x.conf').content).toEqual(content.get('metis/hooks/a'));
    expect(card.owner('/etc/x.conf')).toBe('04750 33:44');
  });

  it('of a node take the place of the class’s with the same target', () => {
    const card = rendered(
      renderInput(
        {
          nodeClass: { hooks: [hook('/etc/x')] },
          node: { hooks: [{ source: 'metis/hooks/b', target: '/etc/x' }] },
        },
        { hooks: content },
      ),
    );
    expect(card.text('/etc/x')).toBe('from b');
  });

  it('below bootMount go onto the boot partition, when the image has one', () => {
    const change = { nodeClass: { hooks: [hook('/boot/firmware/config.txt')] } };
    const onBoot = rendered(renderInput(change, { hooks: content })).entries[0];
    expect([onBoot?.partition, onBoot?.path]).toEqual(['boot', '/config.txt']);
    const noBoot = renderInput({ ...change, image: { bootPartition: undefined } }, { hooks: content });
    expect(rendered(noBoot).entries.map(({ partition, path }) => `${partition}:${path}`)).toContain(
      'root:/boot/firmware/config.txt',
    );
  });

  it.each([
    ['what Sifaka writes itself', [hook('/etc/hostname')]],
    ['a place below a file', [hook('/etc/hostname/x')]],
    ['a place that a Longhorn disk hides', [hook('/mnt/longhorn-1/x')]],
    ['two names that are one on FAT', [hook('/boot/firmware/A.txt'), hook('/boot/firmware/a.txt')]],
  ])('may not be %s', (_, hooks) => {
    expect(codeOf(() => rendered(renderInput({ nodeClass: { hooks } }, { hooks: content })))).toBe(
      'INJECTION_CONFLICT',
    );
  });

  it('may take the place of what Sifaka writes when they say so', () => {
    const hooks = [hook('/etc/hosts', { override: true })];
    const card = rendered(renderInput({ nodeClass: { hooks } }, { hooks: content }));
    expect(card.file('/etc/hosts').content).toEqual(content.get('metis/hooks/a'));
  });
});

it('a card is sorted, so that folders come before what is in them, and the same each time', () => {
  const hooks = { nodeClass: { hooks: [hook('/boot/firmware/z'), hook('/aaa')] } };
  const first = rendered(renderInput(hooks, { hooks: content }));
  expect(rendered(renderInput(hooks, { hooks: content })).entries).toEqual(first.entries);
  expect(first.paths[0]).toBe('/boot/firmware/z');
  expect(first.paths.slice(1)).toEqual(first.paths.slice(1).toSorted());
});
