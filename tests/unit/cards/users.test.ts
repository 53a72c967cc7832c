import { describe, expect, it } from 'vitest';
import { codeOf, rendered } from './rendered.ts';
import { imageEntries, imageFiles, renderInput, secrets } from './render-input.ts';

/** One user, and the image's account files with some of them replaced. */
function withUser(user: object, files: Record<string, string> = {}) {
  const replaced = Object.entries(imageFiles).map(([path, [mode, gid, text]]) => [
    path,
    [mode, gid, files[path] ?? text],
  ]);
  return renderInput(
    { nodeClass: { users: [{ name: 'atlas', uid: 1000, ...user }] } },
    {
      imageEntries: imageEntries(Object.fromEntries(replaced) as typeof imageFiles),
      secrets: { ...secrets, 'atlas-password': '$6$saltsalt$abcdefghijklmnopqrstuvwxyz./0123456789\n' },
    },
  );
}

describe('users', () => {
  it('are added to the image’s own files, every other byte of which stays', () => {
    const card = rendered(renderInput());
    const [, , passwd] = imageFiles['/etc/passwd'] ?? [0, 0, ''];
    expect(card.text('/etc/passwd')).toBe(`${passwd}atlas:x:1000:1000:Operator:/home/atlas:/bin/bash\n`);
    expect(card.text('/etc/shadow')).toBe(`${imageFiles['/etc/shadow']?.[2]}atlas:*:20148:0:99999:7:::\n`);
    expect(card.text('/etc/group')).toBe(
      'root:x:0:\ndaemon:x:1:\nsudo:x:27:atlas\nshadow:x:42:\nold:x:998:\natlas:x:1000:\n',
    );
    expect(card.text('/etc/gshadow')).toBe(
      'root:*::\ndaemon:*::\nsudo:*::atlas\nshadow:*::\nold:!::\natlas:!::\n',
    );
  });

  it('keep mode and owner of the image’s files, and treat both shadows as secret', () => {
    const card = rendered(renderInput());
    expect(card.owner('/etc/shadow')).toBe('0640 0:42');
    expect(card.file('/etc/shadow').secret).toBe(true);
    expect(card.file('/etc/gshadow').secret).toBe(true);
    expect(card.file('/etc/passwd').secret).toBe(false);
  });

  it('get a home, keys and sudo of their own, with the modes that sshd and sudo insist on', () => {
    const card = rendered(renderInput());
    expect(card.owner('/home/atlas')).toBe('0750 1000:1000');
    expect(card.owner('/home/atlas/.ssh')).toBe('0700 1000:1000');
    expect(card.owner('/home/atlas/.ssh/authorized_keys')).toBe('0600 1000:1000');
    expect(card.text('/etc/sudoers.d/90-sifaka-atlas')).toBe('atlas ALL=(ALL:ALL) NOPASSWD:ALL\n');
    expect(card.owner('/etc/sudoers.d/90-sifaka-atlas')).toBe('0440 0:0');
  });

  it('take a password hash from a sealed secret', () => {
    const card = rendered(withUser({ passwordHashSecret: 'atlas-password' }));
    expect(card.text('/etc/shadow')).toContain(
      '\natlas:$6$saltsalt$abcdefghijklmnopqrstuvwxyz./0123456789:20148:0:99999:7:::\n',
    );
  });

  it.each(['hunter2', '$6$a:b$cdefghijklmnop', '$6$salt$abcdefgh\nroot::0:0', '*', ''])(
    'refuse %j as a password hash without repeating it',
    (value) => {
      const input = { ...withUser({ passwordHashSecret: 'atlas-password' }) };
      const bad = {
        ...input,
        secrets: new Map([...input.secrets, ['atlas-password', new TextEncoder().encode(value)]]),
      };
      let said = '';
      try {
        rendered(bad);
      } catch (error) {
        said = JSON.stringify(error) + String(error);
      }
      expect(said).toContain('SECRET_UNREADABLE');
      if (value.length > 1) expect(said).not.toContain(value);
    },
  );

  it('that the image has are updated where they stand: same home and group, expired password gone', () => {
    const card = rendered(
      withUser(
        { gecos: 'Müller', shell: '/usr/bin/zsh', authorizedKeys: ['ssh-ed25519 AAAA a'] },
        {
          '/etc/passwd':
            'root:x:0:0:root:/root:/bin/bash\natlas:x:1000:100:Ubuntu:/srv/atlas:/bin/sh\nlast:x:7:7::/:/bin/false\n',
          '/etc/shadow': 'root:*:1::::::\natlas:$6$old$hash:0:1:2:3:4:5:6\n',
        },
      ),
    );
    const line = Buffer.from('atlas:x:1000:100:Müller:/srv/atlas:/usr/bin/zsh', 'utf8').toString('latin1');
    expect(card.text('/etc/passwd').split('\n')[1]).toBe(line);
    expect(card.text('/etc/passwd').split('\n')[2]).toBe('last:x:7:7::/:/bin/false');
    expect(card.text('/etc/shadow')).toBe('root:*:1::::::\natlas:*:20148:1:2:3:4:5:6\n');
    expect(card.owner('/srv/atlas/.ssh/authorized_keys')).toBe('0600 1000:100');
    expect(card.text('/etc/group')).not.toContain('atlas');
  });

  it('join a group once, and groups that are missing get a free system number', () => {
    const card = rendered(
      withUser(
        { groups: ['sudo', 'docker', 'gpio'] },
        { '/etc/group': 'sudo:x:27:bob,atlas\nused:x:999:\n' },
      ),
    );
    expect(card.text('/etc/group')).toBe(
      'sudo:x:27:bob,atlas\nused:x:999:\natlas:x:1000:\ndocker:x:998:atlas\ngpio:x:997:atlas\n',
    );
  });

  it('of a node take the place of the class’s', () => {
    const input = renderInput({ node: { users: [{ name: 'atlas', uid: 1000, shell: '/bin/sh' }] } });
    expect(rendered(input).text('/etc/passwd')).toContain('atlas:x:1000:1000::/home/atlas:/bin/sh\n');
    expect(rendered(input).paths).not.toContain('/etc/sudoers.d/90-sifaka-atlas');
  });

  it.each([
    ['another user has the uid', { '/etc/passwd': 'pi:x:1000:1000::/home/pi:/bin/bash\n' }],
    ['the user has another uid', { '/etc/passwd': 'atlas:x:1001:1001::/home/atlas:/bin/bash\n' }],
    ['another group has the gid', { '/etc/group': 'sudo:x:27:\npi:x:1000:\n' }],
    ['the home of the image is no path', { '/etc/passwd': 'atlas:x:1000:1000::/home/../etc:/bin/sh\n' }],
    ['the group of the image is no number', { '/etc/passwd': 'atlas:x:1000:x y::/home/atlas:/bin/sh\n' }],
  ])('are a conflict when %s', (_, files: Record<string, string>) => {
    expect(codeOf(() => rendered(withUser({}, files)))).toBe('INJECTION_CONFLICT');
  });

  it('need an image with account files', () => {
    expect(codeOf(() => rendered(renderInput({}, { imageEntries: new Map() })))).toBe(
      'IMAGE_LAYOUT_UNSUPPORTED',
    );
  });

  it('do without /etc/gshadow where the image has none', () => {
    const entries = imageEntries();
    entries.delete('/etc/gshadow');
    expect(rendered(renderInput({}, { imageEntries: entries })).paths).not.toContain('/etc/gshadow');
  });
});
