"""pvesm list | status | path | free | prune-backups (pve-storage src/PVE/CLI/pvesm.pm, commit 0c56bad8)."""
import sys

from . import api, guest_commands, node, retention, storage
from .called import Refused


def main(words):
    commands = {'free': free, 'list': listing, 'path': path, 'prune-backups': prune, 'status': status}
    if not words or words[0] not in commands:
        print('ERROR: no command specified' if not words else f"ERROR: unknown command 'pvesm {words[0]}'", file=sys.stderr)
        return 255
    options, rest = guest_commands.options_of(words[1:])
    return commands[words[0]](options, rest)


def listing(options, rest):
    """
    Widths are those of the longest. What has no VMID follows, without that column. Some versions drop the column for
    all with --vmid: `listDropsVmid`.
    """
    rows = api.storage_content(options, node.name(), one(rest, 'storage'))
    name = max([len(row['volid']) for row in rows], default=0)
    size = len(str(max([int(row['size']) for row in rows], default=0)))
    form = f'%-{name}s %-7s %-9s %{size}s'
    without = 'vmid' in options and node.fault('listDropsVmid')
    print(form % ('Volid', 'Format', 'Type', 'Size') + ('' if without else ' VMID'))
    for row in rows:
        if without:
            print(form % (row['volid'], row['format'], row['content'], row['size']))
        elif row.get('vmid'):
            print((form + ' %d') % (row['volid'], row['format'], row['content'], row['size'], row['vmid']))
    for row in sorted(rows, key=lambda entry: entry['format']):
        if not row.get('vmid'):
            print(form % (row['volid'], row['format'], row['content'], row['size']))
    return 0


def status(options, _rest):
    rows = api.storage_index(options, node.name())
    width = max([len(row['storage']) for row in rows], default=0) + 1
    print(f'%-{width}s %10s %10s %15s %15s %15s %8s' % (
        'Name', 'Type', 'Status', 'Total (KiB)', 'Used (KiB)', 'Available (KiB)', '%'
    ))  # fmt: skip
    for row in rows:
        share = row['used'] * 100 / row['total'] if row['total'] else 0
        state = 'active' if row['active'] else 'inactive'
        percent = '% 7.2f%%' % share
        if not row['enabled']:
            state, percent = 'disabled', '%8s' % 'N/A'
        numbers = tuple(row[key] // 1024 for key in ('total', 'used', 'avail'))
        print(f'%-{width}s %10s %10s %15d %15d %15d %s' % (row['storage'], row['type'], state, *numbers, percent))
    return 0


def path(_options, rest):
    print(storage.path_of(one(rest, 'volume')))
    return 0


def free(_options, rest):
    volume = one(rest, 'volume')
    storage.parse(volume)
    api.free(volume)
    print(f"Removed volume '{volume}'")
    return 0


def prune(options, rest):
    store = one(rest, 'storage')
    keep = {key: int(value) for key, value in options.items() if key.startswith('keep-')}
    keep = keep or retention.parse(storage.get(store).get('prune-backups', 'keep-all=1'))
    vmid = int(options['vmid']) if 'vmid' in options else None
    entries = retention.mark(storage.list_backups(store, vmid), keep)
    entries = [entry for entry in entries if options.get('type', entry['type']) == entry['type']]
    if options.get('dry-run'):
        print('NOTE: this is only a preview and might not be what a subsequent')
        print('prune call does if backups are removed/added in the meantime.\n')
        width = max([len(entry['volid']) for entry in entries], default=0)
        print(f'%-{width}s %15s %10s' % ('Backup', 'Backup-ID', 'Prune-Mark'))
        for entry in entries:
            print(f'%-{width}s %15s %10s' % (entry['volid'], f"{entry['type']}/{entry.get('vmid', '')}", entry['mark']))
        return 0
    for entry in entries:
        if entry['mark'] == 'remove':
            print(f"removing backup '{entry['volid']}'")
            storage.remove_archive(storage.path_of(entry['volid']))
    return 0


def one(rest, name):
    if not rest:
        raise Refused(f'400 not enough arguments\n{name}: property is missing and it is not optional')
    return rest[0]
