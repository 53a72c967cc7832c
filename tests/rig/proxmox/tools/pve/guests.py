"""Guests as pmxcfs keeps them: text files below nodes/NODE/{qemu-server,lxc}, one per guest."""
import fcntl
import os
import re
import time
import urllib.parse

from . import node
from .called import Refused
from .text import parse_size

FOLDERS = {'qemu': 'qemu-server', 'lxc': 'lxc'}
DISK = re.compile(r'^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$')
MOUNT = re.compile(r'^(?:rootfs|mp\d+|unused\d+)$')


class Guest:
    def __init__(self, where, kind, vmid):
        self.node, self.kind, self.vmid = where, kind, int(vmid)
        self.path = os.path.join(node.PVE, 'nodes', where, FOLDERS[kind], f'{vmid}.conf')

    @property
    def word(self):
        return 'VM' if self.kind == 'qemu' else 'CT'

    def text(self):
        with open(self.path, encoding='utf-8') as file:
            return file.read()

    def config(self):
        """The current part: what follows the first section header is snapshots, pending changes and special sections."""
        found, notes = {}, []
        for line in self.text().splitlines():
            if line.startswith('['):
                break
            if line.startswith('#'):
                notes.append(urllib.parse.unquote(line[1:]))
            elif (pair := re.match(r'^([a-z][a-z_0-9-]*):\s*(.*?)\s*$', line)):
                found[pair[1]] = pair[2]
        if notes:
            found['description'] = '\n'.join(notes) + '\n'
        return found

    def display_name(self, config):
        """qemu-server src/PVE/QemuServer.pm, vmstatus: `VM 104`; pve-container src/PVE/LXC.pm, vmstatus: `CT104`."""
        if self.kind == 'qemu':
            return config.get('name') or f'VM {self.vmid}'
        return config.get('hostname') or f'CT{self.vmid}'

    def write(self, text):
        node.write_whole(self.path, text)

    def change(self, values=(), remove=()):
        """Sets and removes options of the current part, and leaves the rest of the file as it is."""
        values = dict(values)
        lines, out, in_current = self.text().splitlines(), [], True
        for line in lines:
            if line.startswith('[') and in_current:
                out += [f'{key}: {value}' for key, value in values.items()]
                values, in_current = {}, False
            key = line.split(':', 1)[0]
            if in_current and key in remove:
                continue
            if in_current and key in values:
                line = f'{key}: {values.pop(key)}'
            out.append(line)
        out += [f'{key}: {value}' for key, value in values.items()]
        self.write('\n'.join(out) + '\n')

    def check_lock(self):
        """pve-guest-common src/PVE/AbstractConfig.pm:339."""
        lock = self.config().get('lock')
        if lock:
            raise Refused(f'{self.word} is locked ({lock})')

    def lock(self, word):
        with config_lock(self.vmid):
            self.check_lock()
            self.change({'lock': word})

    def unlock(self, word=None):
        with config_lock(self.vmid):
            if word is None or self.config().get('lock') == word:
                self.change(remove=['lock'])

    # Whether it runs is known to the whole cluster, as through pmxcfs' status; a node that starts has none running.
    def _running(self):
        return os.path.join(node.CLUSTER, 'running', self.node, str(self.vmid))

    def is_running(self):
        return os.path.exists(self._running())

    def started_at(self):
        try:
            return os.stat(self._running()).st_mtime
        except FileNotFoundError:
            return None

    def run(self):
        os.makedirs(os.path.dirname(self._running()), exist_ok=True)
        with open(self._running(), 'w', encoding='utf-8'):
            pass

    def halt(self):
        try:
            os.unlink(self._running())
        except FileNotFoundError:
            pass

    def pid(self):
        """A number as a process has it; there is no process."""
        return 100_000 + self.vmid if self.is_running() else 0

    def drives(self, config=None):
        """In the order of their names: key, volume id or path, options."""
        pattern = DISK if self.kind == 'qemu' else MOUNT
        for key, value in sorted((config or self.config()).items()):
            if not pattern.match(key):
                continue
            first, *rest = value.split(',')
            options = dict(part.split('=', 1) for part in rest if '=' in part)
            volume = first.split('=', 1)[1] if first.startswith(('file=', 'volume=')) else first
            yield key, volume, options

    def boot_disk_size(self, config):
        """As vmstatus gives `maxdisk`: what the configuration says of the first disk to boot from."""
        drives = {key: options for key, _, options in self.drives(config)}
        order = re.findall(r'[a-z]+\d+', config.get('boot', '').partition('order=')[2])
        keys = [key for key in order if key in drives] or (['rootfs'] if self.kind == 'lxc' else sorted(drives))
        size = drives.get(keys[0], {}).get('size') if keys else None
        return parse_size(size) if size else 0

    def memory(self, config):
        return int(config.get('memory', 512).split(',')[0] if isinstance(config.get('memory'), str) else 512) * 1024**2


class config_lock:
    """PVE::AbstractConfig::lock_config: a file lock per guest, held for moments."""

    def __init__(self, vmid):
        self.vmid = vmid

    def __enter__(self):
        os.makedirs('/run/lock/pve-rig', exist_ok=True)
        self.file = open(f'/run/lock/pve-rig/lock-{self.vmid}.conf', 'w', encoding='utf-8')
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def all_guests():
    """Of all nodes, sorted as strings, as Perl sorts the ids for /cluster/resources."""
    found = []
    folder = os.path.join(node.PVE, 'nodes')
    for where in os.listdir(folder):
        for kind, part in FOLDERS.items():
            try:
                names = os.listdir(os.path.join(folder, where, part))
            except FileNotFoundError:
                continue
            found += [Guest(where, kind, n[:-5]) for n in names if re.fullmatch(r'[1-9]\d{2,8}\.conf', n)]
    return sorted(found, key=lambda guest: str(guest.vmid))


def find(vmid):
    folder = os.path.join(node.PVE, 'nodes')
    for where in os.listdir(folder):
        for kind in FOLDERS:
            guest = Guest(where, kind, vmid)
            if os.path.exists(guest.path):
                return guest
    return None


def own(kind=None):
    """This node's, by number."""
    found = [guest for guest in all_guests() if guest.node == node.name() and kind in (None, guest.kind)]
    return sorted(found, key=lambda guest: guest.vmid)


def own_guest(kind, vmid):
    """PVE::AbstractConfig::load_config dies so when the guest is not of this node and kind."""
    guest = Guest(node.name(), kind, vmid)
    if not os.path.exists(guest.path):
        raise Refused(f"Configuration file 'nodes/{node.name()}/{FOLDERS[kind]}/{vmid}.conf' does not exist")
    return guest


def uptime(guest):
    started = guest.started_at()
    return 0 if started is None else max(1, int(time.time() - started))
