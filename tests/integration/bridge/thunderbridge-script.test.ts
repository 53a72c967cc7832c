import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { ownMounts } from '../../rig/own-mounts.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';

const script = fileURLToPath(new URL('../../../resources/bridge/design/thunderbridge.sh', import.meta.url));
const shells: [name: string, command: string][] = [
  ['dash', 'dash'],
  ['busybox sh', 'busybox sh'],
];

/** Runs lines of sh in a network of their own, with /sys of that network; `$t` is the script in the shell under test. */
function inOwnNetwork(context: TestContext, shell: string, lines: readonly string[]) {
  requireTools(context, 'unshare', 'ip', 'busybox', 'dash');
  if (process.getuid?.() !== 0) unproven(context, 'needs root');
  const text = ['set -u', 'mount -t sysfs none /sys', `t="${shell} ${script}"`, ...lines].join('\n');
  const { status, stdout, stderr } = spawnSync('unshare', ['--net', ...ownMounts, '--', 'sh', '-c', text], {
    encoding: 'utf8',
  });
  return { status, stderr, lines: stdout.trim().split('\n') };
}

/** Of a link: its MTU, what it is part of, and whether it was started. */
const show = `show() { for l in "$@"; do
  m=$(readlink /sys/class/net/$l/master) || m=none
  echo "$l $(cat /sys/class/net/$l/mtu) \${m##*/} $(( $(cat /sys/class/net/$l/flags) & 1 ))"
done; }`;
const ports = [
  'ip link add p0 mtu 1500 type veth peer name q0',
  'ip link add p1 mtu 9000 type veth peer name q1',
  'ip link set q0 up; ip link set q1 up',
];

describe.each(shells)('the script that makes the bridge, in %s', (_name, shell) => {
  it('makes it with STP and an MTU that stays, and takes in the ports that are there', (context) => {
    const { status, stderr, lines } = inOwnNetwork(context, shell, [
      show,
      ...ports,
      '$t make br0 65520 on 2; echo $?',
      '$t enlist br0 65520 p0 gone p1; echo $?',
      'show br0 p0 p1',
      'cat /sys/class/net/br0/bridge/stp_state /sys/class/net/br0/bridge/forward_delay',
      // As a port that somebody adds by hand.
      'ip link add low mtu 1500 type veth peer name other; ip link set low master br0',
      'show br0',
    ]);
    expect({ status, stderr, lines }).toEqual({
      status: 0,
      stderr: '',
      lines: [
        '0',
        'thunderbridge: gone is not there; it is taken into br0 when it is plugged in',
        '0',
        'br0 65520 none 1',
        'p0 65520 br0 1',
        'p1 65520 br0 1',
        '1',
        '200',
        'br0 65520 none 1',
      ],
    });
  });

  it('keeps an MTU of 1500, too, which a bridge has from the start', (context) => {
    const { lines } = inOwnNetwork(context, shell, [
      show,
      ...ports,
      '$t make br0 1500 off 0',
      'ip link set p1 master br0',
      'show br0',
    ]);
    expect(lines).toEqual(['br0 1500 none 1']);
  });

  it('changes nothing of what is so already', (context) => {
    const { lines } = inOwnNetwork(context, shell, [
      ...ports,
      '$t make br0 65520 on 2; $t enlist br0 65520 p0 p1',
      // A flap is counted; what is made anew has another index.
      'seen() { cat /sys/class/net/*/ifindex /sys/class/net/*/carrier_changes /sys/class/net/*/flags | tr "\\n" " "; }',
      'before=$(seen)',
      '$t make br0 65520 on 2; $t enlist br0 65520 p0 p1',
      '[ "$before" = "$(seen)" ] && echo same',
    ]);
    expect(lines).toEqual(['same']);
  });

  it('leaves a port alone when there is no bridge to take it', (context) => {
    const { status, lines } = inOwnNetwork(context, shell, [
      show,
      ...ports,
      '$t enlist br0 65520 p0; echo $?',
      'show p0',
    ]);
    expect(status).toBe(0);
    expect(lines.slice(1)).toEqual(['0', 'p0 1500 none 0']);
  });

  it('says when a port that is there could not be taken in', (context) => {
    const { lines, stderr } = inOwnNetwork(context, shell, [
      '$t make br0 65520 off 0',
      // The loopback takes this MTU, and no bridge takes the loopback.
      '$t enlist br0 65520 lo; echo $?',
    ]);
    expect(lines).toEqual(['1']);
    expect(stderr).not.toBe('');
  });

  it('takes nothing but names and numbers', (context) => {
    const wrong = ['enlist a/b 65520 p0', 'enlist br0 1x p0', 'enlist br0 65520 ..', 'enlist br0 65520 -rf'];
    wrong.push(
      'make br0 65520 maybe 2',
      'make br0',
      'enlist br0 65520',
      'make br0 9999999 on 2',
      'other',
      '',
    );
    const { lines } = inOwnNetwork(context, shell, [
      ...wrong.map((words) => `$t ${words} 2>/dev/null; echo $?`),
      `$t enlist 'br0;reboot' 65520 p0 2>&1; $t enlist br0 65520 'p0 p1' 2>&1`,
      'ip -o link | wc -l',
    ]);
    expect(lines).toEqual([
      ...wrong.map(() => '2'),
      'thunderbridge: br0;reboot is not a name for an interface',
      'thunderbridge: p0 p1 is not a name for an interface',
      '1',
    ]);
  });
});

it('the script that makes the bridge passes shellcheck', (context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync(
    'shellcheck',
    ['--shell=sh', '--enable=all', '--exclude=SC2250,SC2310,SC2312', script],
    { encoding: 'utf8' },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
