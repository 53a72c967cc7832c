"""pct (pve-container src/PVE/CLI/pct.pm, commit 94f55852): what Sifaka asks of it."""
import os
import subprocess
import sys

from . import guest_commands, guests, storage
from .guest_commands import vmid_of


def main(words):
    if not words:
        print('ERROR: no command specified\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]', file=sys.stderr)
        return 255
    command, rest = words[0], words[1:]
    if command == 'list':
        return listing()
    if command == 'exec':
        return execute(vmid_of(rest), [word for word in rest[1:] if word != '--'])
    if command == 'restore':
        from . import restore

        return restore.container(rest)
    return guest_commands.run('lxc', command, rest)


def listing():
    """pct.pm:1064. Without containers it prints nothing at all."""
    rows = guests.own('lxc')
    form = '%-10s %-10s %-12s %-20s'
    if rows:
        print(form % ('VMID', 'Status', 'Lock', 'Name'))
    for guest in rows:
        config = guest.config()
        state = 'running' if guest.is_running() else 'stopped'
        print(form % (guest.vmid, state, config.get('lock', ''), guest.display_name(config)))
    return 0


# What is run in a container has these only, and its files: there is no container.
PROGRAMS = {'true', 'test', 'hostname', 'cat', 'ls', 'echo', 'sh', 'uptime'}


def execute(vmid, words):
    guest = guests.own_guest('lxc', vmid)
    if not guest.is_running():
        return guest_commands.die(f'container {vmid} not running!')
    root = next(storage.path_of(volume) for key, volume, _ in guest.drives() if key == 'rootfs')
    if not guest_commands.has_booted(guest):
        where = '../src/lxc/attach.c: get_attach_context: 406'
        return guest_commands.die(f'lxc-attach: {vmid}: {where} Connection refused - Failed to get init pid')
    program = os.path.basename(words[0]) if words else ''
    if program not in PROGRAMS:
        print(
            f'lxc-attach: {vmid}: ../src/lxc/attach.c: lxc_attach_run_command: 1841 No such file or directory - '
            f'Failed to exec "{words[0] if words else ""}"',
            file=sys.stderr,
        )
        return 255
    if program == 'hostname':
        print(guest.config().get('hostname', f'CT{vmid}'))
        return 0
    if program in ('cat', 'ls'):
        words = [os.path.join(root, word.lstrip('/')) if word.startswith('/') else word for word in words[1:]]
        return subprocess.run([program, *words], check=False).returncode
    return subprocess.run([program, *words[1:]], check=False).returncode
