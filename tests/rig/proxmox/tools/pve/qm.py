"""qm (qemu-server src/PVE/CLI/qm.pm, commit e6352be6): what Sifaka asks of it."""
import sys

from . import guest_commands, guests
from .guest_commands import vmid_of


def main(words):
    if not words:
        print('ERROR: no command specified\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]', file=sys.stderr)
        return 255
    command, rest = words[0], words[1:]
    if command == 'list':
        return listing()
    if command == 'agent':
        return agent(vmid_of(rest), rest[1:])
    if command == 'guest' and rest[:1] == ['cmd']:
        return agent(vmid_of(rest[1:]), rest[2:])
    return guest_commands.run('qemu', command, rest)


def listing():
    """qm.pm:1343. Without guests it prints nothing at all."""
    rows = guests.own('qemu')
    if rows:
        print('%10s %-20s %-10s %-10s %12s %-10s' % ('VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID'))
    for guest in rows:
        config = guest.config()
        print(
            '%10s %-20s %-10s %-10s %12.2f %-10s'
            % (
                guest.vmid,
                guest.display_name(config),
                'running' if guest.is_running() else 'stopped',
                guest.memory(config) // 1024**2,
                guest.boot_disk_size(config) / 1024**3,
                guest.pid(),
            )
        )
    return 0


def agent(vmid, words):
    """`qm agent VMID ping`: nothing, and 0, when the guest's agent answers."""
    guest = guests.own_guest('qemu', vmid)
    if not guest.is_running():
        return guest_commands.die(f'VM {vmid} is not running')
    if guest.config().get('agent', '0').split(',')[0] not in ('1', 'enabled=1'):
        return guest_commands.die('No QEMU guest agent configured')
    if not guest_commands.has_booted(guest):
        return guest_commands.die('QEMU guest agent is not running')
    return 0
