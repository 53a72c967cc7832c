import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bootstrapScript,
  checkLonghornScript,
  collectLogsScript,
} from '../../../electron/services/cards/render/scripts.ts';
import { escapeUnitPath } from '../../../electron/services/cards/render/systemd-text.ts';
import { renderCard } from '../../../electron/services/cards/render/render-card.ts';
import { renderInput } from '../../unit/cards/render-input.ts';
import { requireTools } from '../../rig/required-tools.ts';

let folder: string;
let bin: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-scripts-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const scripts = {
  bootstrap: bootstrapScript,
  'check-longhorn': checkLonghornScript,
  'collect-logs': collectLogsScript,
};
const shells: [name: string, command: string[]][] = [
  ['dash', ['dash']],
  ['busybox sh', ['busybox', 'sh']],
];

/** A program of the node that stands in for the real one: it writes down how it was called. */
function program(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}

function run(shell: string[], name: keyof typeof scripts, args: string[]) {
  const file = join(folder, name);
  writeFileSync(file, scripts[name]);
  const [command = 'sh', ...more] = shell;
  const { status, stdout, stderr } = spawnSync(command, [...more, file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, CALLS: join(folder, 'calls') },
  });
  return {
    status,
    stdout,
    stderr,
    calls: existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '',
  };
}

it.for(Object.entries(scripts))('%s passes shellcheck', ([name, text], context) => {
  requireTools(context, 'shellcheck');
  const file = join(folder, name);
  writeFileSync(file, text);
  const checked = spawnSync(
    'shellcheck',
    ['--shell=sh', '--enable=all', '--exclude=SC2250,SC2310,SC2312', file],
    {
      encoding: 'utf8',
    },
  );
  expect(checked.stdout + checked.stderr).toBe('');
  expect(checked.status).toBe(0);
});

describe.each(shells)('under %s', (_, sh) => {
  it('the bootstrap enables and starts the unit of the role, once', (context) => {
    requireTools(context, sh[0] ?? 'sh');
    program('systemctl', 'echo "$@" >>"$CALLS"\ncase $1 in is-enabled) exit 1 ;; esac');
    const role = join(folder, 'role');
    const stamp = join(folder, 'var/lib/sifaka/bootstrapped');
    writeFileSync(role, 'agent\n');
    const first = run(sh, 'bootstrap', [role, stamp]);
    expect(first.status, first.stderr).toBe(0);
    const calls =
      'is-enabled --quiet k3s.service\nenable k3s-agent.service\nstart --no-block k3s-agent.service\n';
    expect(first.calls).toBe(calls);
    expect(readFileSync(stamp, 'utf8')).toBe('agent\n');
    expect(existsSync(`${stamp}.new`)).toBe(false);
    expect(run(sh, 'bootstrap', [role, stamp])).toMatchObject({ status: 0, calls });
  });

  it('the bootstrap leaves no stamp when the unit cannot be started, and does it again', (context) => {
    requireTools(context, sh[0] ?? 'sh');
    program('systemctl', 'case $1 in is-enabled) exit 1 ;; start) exit 5 ;; esac');
    const role = join(folder, 'role');
    const stamp = join(folder, 'bootstrapped');
    writeFileSync(role, 'server');
    expect(run(sh, 'bootstrap', [role, stamp]).status).not.toBe(0);
    expect(existsSync(stamp)).toBe(false);
    program('systemctl', 'exit 0');
    expect(run(sh, 'bootstrap', [role, stamp]).status).toBe(0);
    expect(readFileSync(stamp, 'utf8')).toBe('server\n');
  });

  it.for(['', 'master\n', '$(touch pwned)\n'])(
    'the bootstrap starts nothing for the role %j',
    (text, context) => {
      requireTools(context, sh[0] ?? 'sh');
      program('systemctl', 'echo "$@" >>"$CALLS"');
      const role = join(folder, 'role');
      writeFileSync(role, text);
      const done = run(sh, 'bootstrap', [role, join(folder, 'stamp')]);
      expect(done).toMatchObject({ status: 1, calls: '' });
      expect(existsSync(join(folder, 'stamp'))).toBe(false);
    },
  );

  it('the Longhorn check tells a right disk, a wrong one and none', (context) => {
    requireTools(context, sh[0] ?? 'sh');
    program('findmnt', 'case $5 in /mnt/right*) echo AAAA-1 ;; /mnt/wrong) echo bbbb-2 ;; *) exit 1 ;; esac');
    const disks = join(folder, 'disks');
    const check = (text: string) => {
      writeFileSync(disks, text);
      return run(sh, 'check-longhorn', [disks]);
    };
    expect(check('aaaa-1 /mnt/right\naaaa-1 /mnt/right with blanks\n')).toMatchObject({
      status: 0,
      stderr: '',
    });
    const wrong = check('aaaa-1 /mnt/right\naaaa-1 /mnt/wrong\n');
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain('/mnt/wrong holds the disk bbbb-2, and aaaa-1 belongs there');
    const none = check('aaaa-1 /mnt/none\n');
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('/mnt/none is not mounted');
    expect(none.stderr).toContain('k3s is not started');
  });

  it('the log collector removes what is rotated and old, and nothing else', (context) => {
    requireTools(context, sh[0] ?? 'sh');
    const log = join(folder, 'log');
    const old = [
      'syslog.1',
      'syslog.2.gz',
      'apt/history.log.12.xz',
      'pods/a/0.log.20250101-120000',
      'dpkg.log.old',
    ];
    const kept = ['syslog', 'wtmp', 'journal/system.journal.1', 'apt/term.log', 'lastlog'];
    for (const name of [...old, ...kept, 'young.1']) {
      mkdirSync(dirname(join(log, name)), { recursive: true });
      writeFileSync(join(log, name), 'x');
      const days = name === 'young.1' ? 2 : 40;
      const time = Date.now() / 1000 - days * 86_400;
      utimesSync(join(log, name), time, time);
    }
    mkdirSync(join(log, 'containers'));
    symlinkSync('../pods/gone.log', join(log, 'containers/gone.log'));
    symlinkSync('../syslog', join(log, 'containers/there.log'));
    const done = run(sh, 'collect-logs', ['14', log]);
    expect(done.status, done.stderr).toBe(0);
    expect(old.filter((name) => existsSync(join(log, name)))).toEqual([]);
    expect([...kept, 'young.1'].filter((name) => !existsSync(join(log, name)))).toEqual([]);
    const left = execFileSync('ls', [join(log, 'containers')], { encoding: 'utf8' });
    expect(left).toBe('there.log\n');
  });
});

it('the Longhorn check agrees with the real findmnt about what is mounted', (context) => {
  requireTools(context, 'findmnt');
  const disks = join(folder, 'disks');
  writeFileSync(disks, `aaaa-1 ${folder}\n`);
  expect(run(['sh'], 'check-longhorn', [disks]).stderr).toContain(`${folder} is not mounted`);
  const uuid = spawnSync('findmnt', ['--noheadings', '--output', 'UUID', '--mountpoint', '/'], {
    encoding: 'utf8',
  });
  if (uuid.stdout.trim() === '') return;
  writeFileSync(disks, `${uuid.stdout.trim().toLowerCase()} /\n`);
  expect(run(['sh'], 'check-longhorn', [disks]).status).toBe(0);
});

it('unit names are those of systemd-escape', (context) => {
  requireTools(context, 'systemd-escape');
  const paths = [
    '/',
    '/mnt/longhorn-1',
    '/.a/..b',
    '/a b/c%d',
    '/ü/漢',
    '/a:b_c.d',
    '/x\\y',
    '/dev/disk/by-uuid/1-2',
    '/q\'"q',
  ];
  const theirs = execFileSync('systemd-escape', ['--path', ...paths], { encoding: 'utf8' }).trimEnd();
  expect(paths.map(escapeUnitPath).join(' ')).toBe(theirs.split('\n').join(' '));
});

it('systemd finds nothing to say about the units', (context) => {
  requireTools(context, 'systemd-analyze');
  const disks = [
    { uuid: '6a1e0b6c-0b1d-4c7f-9b5e-0d5b0f0e1301', mountPath: '/mnt/longhorn-1' },
    { uuid: '6a1e0b6c-0b1d-4c7f-9b5e-0d5b0f0e1302', mountPath: '/srv/100% ü/b c', filesystem: 'xfs' },
  ];
  // Programs of the node that are not on this machine would be reported, so true(1) stands for k3s.
  const entries = renderCard(
    renderInput({ node: { longhornDisks: disks }, nodeClass: { k3sBinary: '/bin/true' } }),
  );
  const units: string[] = [];
  for (const { entry } of entries) {
    if (entry.kind !== 'file' || !/^\/etc\/systemd\/system\/[^/]+$/.test(entry.path)) continue;
    const file = join(folder, entry.path.slice('/etc/systemd/system/'.length));
    const text = Buffer.from(entry.content)
      .toString('utf8')
      .replaceAll('/usr/local/lib/sifaka/', '/bin/true /');
    writeFileSync(file, text);
    units.push(file);
  }
  expect(units.length).toBe(7);
  const { stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', '--recursive-errors=one', ...units],
    {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    },
  );
  const about = `${stdout}${stderr}`.split('\n').filter((line) => /sifaka|longhorn|k3s|srv-100/.test(line));
  expect(about).toEqual([]);
});
