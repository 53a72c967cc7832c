"""What qm and pct have in common: status, config, set, start, stop, destroy, unlock, of this node's own guests."""
import hashlib
import os
import re
import shutil
import sys
import time
import urllib.parse

from . import guests, node, storage, task
from .called import Refused

MARK = b'RIGBOOT1'


def die(words, code=255):
    sys.stdout.flush()
    print(words, file=sys.stderr)
    return code


def vmid_of(words):
    if not words or not re.fullmatch(r'[1-9]\d{2,8}', words[0]):
        raise Refused('400 Parameter verification failed.\nvmid: property is missing and it is not optional')
    return int(words[0])


def options_of(words):
    """`--name value`, `-name value`, `--flag`; what is left over."""
    found, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word.startswith('-') and len(word) > 1:
            name, equals, value = word.lstrip('-').partition('=')
            if not equals:
                value = words.pop(0) if words and not words[0].startswith('--') else '1'
            found[name] = value
        else:
            rest.append(word)
    return found, rest


def run(kind, command, words):
    commands = {
        'config': config, 'destroy': destroy, 'set': change, 'shutdown': stop, 'start': start, 'status': status,
        'stop': stop, 'unlock': unlock,
    }  # fmt: skip
    if command not in commands:
        program = 'qm' if kind == 'qemu' else 'pct'
        print(f"ERROR: unknown command '{program} {command}'", file=sys.stderr)
        return 255
    vmid = vmid_of(words)
    options, rest = options_of(words[1:])
    return commands[command](guests.own_guest(kind, vmid), options, rest)


def status(guest, options, _rest):
    running = guest.is_running()
    if options.get('verbose'):
        for key, value in sorted(status_of(guest).items()):
            print(f'{key}: {value}')
    else:
        print(f"status: {'running' if running else 'stopped'}")
    return 0


def status_of(guest):
    """Of /nodes/NODE/{qemu,lxc}/VMID/status/current, as far as it is used."""
    config = guest.config()
    running = guest.is_running()
    found = {
        'vmid': guest.vmid,
        'status': 'running' if running else 'stopped',
        'name': guest.display_name(config),
        'cpus': int(config.get('cores', 1)),
        'maxmem': guest.memory(config),
        'mem': guest.memory(config) // 3 if running else 0,
        'maxdisk': guest.boot_disk_size(config),
        'disk': 0,
        'uptime': guests.uptime(guest),
        'ha': {'managed': 0},
    }
    if guest.kind == 'qemu':
        found['qmpstatus'] = found['status']
    else:
        found['type'] = 'lxc'
    for key in ('lock', 'tags', 'template'):
        if key in config:
            found[key] = int(config[key]) if key == 'template' else config[key]
    if running:
        found['pid'] = guest.pid()
    return found


def config_of(guest):
    config = guest.config()
    config['digest'] = hashlib.sha1(guest.text().encode()).hexdigest()
    for key in ('cores', 'sockets', 'onboot', 'numa', 'template', 'unprivileged', 'swap'):
        if key in config and config[key].isdigit():
            config[key] = int(config[key])
    if guest.kind == 'lxc' and 'memory' in config:
        config['memory'] = int(config['memory'])
    return config


def config(guest, _options, _rest):
    """qm.pm and pct.pm: sorted, without digest, the description encoded on one line (PVE::Tools::encode_text)."""
    for key, value in sorted(config_of(guest).items()):
        if key == 'digest':
            continue
        if key == 'description':
            value = urllib.parse.quote(value, safe=' !"#$&\'()*+,-./;<=>?@[\\]^_`{|}~')
        print(f'{key}: {value}')
    return 0


def change(guest, options, _rest):
    """Says `update VM 100: -memory 512` of a virtual machine, and nothing of a container."""
    skip = options.pop('skiplock', None)
    remove = [key for key in re.split(r'[,; ]', options.pop('delete', '')) if key]
    options.pop('force', None)
    if not skip:
        guest.check_lock()
    with guests.config_lock(guest.vmid):
        text = options.pop('description', None)
        if text is not None or 'description' in remove:
            _describe(guest, text or '')
        guest.change(options, remove)
    if guest.kind == 'qemu' and options:
        words = ' '.join(f'-{key} {value}' for key, value in options.items())
        print(f'update VM {guest.vmid}: {words}')
    return 0


def _describe(guest, text):
    lines = [line for line in guest.text().splitlines() if not line.startswith('#')]
    notes = [f'#{urllib.parse.quote(line, safe=" ,.-")}' for line in text.splitlines()]
    guest.write('\n'.join(notes + lines) + '\n')


def start(guest, options, _rest):
    if guest.kind == 'qemu':
        return task.run('qmstart', guest.vmid, lambda: _start(guest, options))
    return task.run('vzstart', guest.vmid, lambda: _start(guest, options))


def _start(guest, options):
    if not options.get('skiplock'):
        guest.check_lock()
    if guest.is_running():
        raise Refused(f'{guest.word} {guest.vmid} already running')
    if guest.config().get('template') == '1':
        raise Refused(f"you can't start a {'vm' if guest.kind == 'qemu' else 'CT'} if it's a template")
    if guest.vmid in (node.fault('bootFails') or []):
        if guest.kind == 'qemu':
            raise Refused('start failed: QEMU exited with code 1')
        raise Refused(f"startup for container '{guest.vmid}' failed")
    for key, volume, _ in guest.drives():
        if not key.startswith('unused') and ':' in volume and not os.path.exists(storage.path_of(volume)):
            raise Refused(f"volume '{volume}' does not exist")
    guest.run()


def stop(guest, options, _rest):
    def work():
        if not options.get('skiplock'):
            guest.check_lock()
        guest.halt()

    kind = 'qmstop' if guest.kind == 'qemu' else 'vzstop'
    if not guest.is_running():
        return 0 if guest.kind == 'qemu' else die(f'CT {guest.vmid} not running')
    return task.run(kind, guest.vmid, work)


def destroy(guest, options, _rest):
    def work():
        if not options.get('skiplock'):
            guest.check_lock()
        if guest.is_running() and not options.get('force'):
            raise Refused(
                f'VM {guest.vmid} is running - destroy failed'
                if guest.kind == 'qemu'
                else f'cannot destroy CT {guest.vmid} - it is running'
            )
        if guest.config().get('protection') == '1':
            raise Refused(f"can't remove {guest.word} {guest.vmid} - protection mode enabled")
        guest.halt()
        remove_disks(guest)
        os.unlink(guest.path)
        if options.get('purge'):
            print(f'purging {guest.word} {guest.vmid} from related configurations..')

    return task.run('qmdestroy' if guest.kind == 'qemu' else 'vzdestroy', guest.vmid, work)


def remove_disks(guest):
    for _, volume, _ in guest.drives():
        # Only what is the guest's own by its name.
        if ':' not in volume or not re.search(rf'(?:vm|base|subvol)-{guest.vmid}-', volume):
            continue
        remove_volume(volume)


def remove_volume(volume):
    path = storage.path_of(volume)
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)


def unlock(guest, _options, _rest):
    guest.unlock()
    return 0


def has_booted(guest):
    """
    Whether what runs came up: its boot disk is, to the last byte, one that the rig made. Such a disk begins with a mark and
    the SHA-256 of what follows (a container's root: of its other files), so that a guest restored from a damaged archive
    does not answer.
    """
    if time.time() - guest.started_at() < node.settings().get('bootSeconds', 0):
        return False
    if guest.vmid in (node.fault('agentSilent') or []):
        return False
    for key, volume, options in guest.drives():
        if key.startswith('unused') or options.get('media') == 'cdrom' or ':' not in volume:
            continue
        path = storage.path_of(volume)
        if not (root_is_whole(path) if os.path.isdir(path) else disk_is_whole(path)):
            return False
    return True


def disk_is_whole(path):
    with open(path, 'rb') as disk:
        head = disk.read(512)
        digest = hashlib.sha256()
        while data := disk.read(1 << 20):
            digest.update(data)
    return head[:8] == MARK and head[8:40] == digest.digest()


def root_is_whole(path):
    try:
        with open(os.path.join(path, '.rig-sha256'), encoding='utf-8') as file:
            return file.read().strip() == root_digest(path)
    except OSError:
        return False


def root_digest(path):
    digest = hashlib.sha256()
    for at, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = os.path.join(at, name)
            # A restore leaves the archive's empty firewall file there.
            if os.path.relpath(at, path) == 'etc/vzdump' or name == '.rig-sha256' or not os.path.isfile(file):
                continue
            digest.update(os.path.relpath(file, path).encode() + b'\0')
            with open(file, 'rb') as content:
                digest.update(content.read())
    return digest.hexdigest()
