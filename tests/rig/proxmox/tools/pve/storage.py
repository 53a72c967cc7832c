"""Storages: storage.cfg in the real format, volumes as files and folders where the real ones are."""
import os
import re
import time

from . import guests, node
from .called import Refused

# PVE::Storage::archive_info (pve-storage src/PVE/Storage.pm) and PVE::Storage::Plugin's BACKUP_EXT_RE_2.
ARCHIVE = re.compile(r'^vzdump-(lxc|openvz|qemu)-.+\.((?:tar|vma)(?:\.(gz|lzo|zst|bz2))?)$')
STANDARD = re.compile(
    r'^(vzdump-(?:lxc|openvz|qemu)-([1-9]\d{2,8})-(\d{4})_(\d{2})_(\d{2})-(\d{2})_(\d{2})_(\d{2}))'
    r'\.(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?$'
)
# Where a storage of a block type has its volumes here: the real ones are devices.
VOLUMES = os.path.join(node.RIG, 'volumes')
GIB = 1024**3


def config():
    """{storage: {type, option: value}} in the file's order; `path` also where the real plugin has its own default."""
    found, current = {}, None
    with open(os.path.join(node.PVE, 'storage.cfg'), encoding='utf-8') as file:
        for line in file:
            if (head := re.match(r'^([a-z]+):\s+(\S+)\s*$', line)):
                current = found.setdefault(head[2], {'type': head[1]})
            elif (option := re.match(r'^\s+(\S+)(?:\s+(.*?))?\s*$', line)) and current is not None:
                current[option[1]] = option[2] or '1'
    return found


def get(store):
    """PVE::Storage::storage_config."""
    found = config().get(store)
    if found is None:
        raise Refused(f"storage '{store}' does not exist")
    return found


def is_shared(cfg):
    # PVE::Storage::Plugin: these types are shared whatever storage.cfg says.
    return cfg.get('shared') == '1' or cfg['type'] in ('nfs', 'cifs', 'cephfs', 'rbd', 'pbs', 'iscsi')


def is_enabled(cfg, where=None):
    """PVE::Storage::storage_check_enabled."""
    nodes = cfg.get('nodes')
    return cfg.get('disable') != '1' and (nodes is None or (where or node.name()) in re.split(r'[,; ]', nodes))


def is_active(store, cfg):
    """A NAS that is not mounted, or does not answer, is inactive."""
    if not is_enabled(cfg) or store in (node.fault('inactiveStorages') or []):
        return False
    return cfg['type'] not in ('nfs', 'cifs') or os.path.ismount(cfg['path'])


def check_active(store):
    cfg = get(store)
    if not is_enabled(cfg):
        raise Refused(f"storage '{store}' is not available on node '{node.name()}'")
    if not is_active(store, cfg):
        raise Refused(f"storage '{store}' is not online")
    return cfg


def contents(cfg):
    return cfg.get('content', 'images,rootdir').split(',')


def subfolder(cfg, kind):
    """PVE::Storage::Plugin::get_subdir."""
    return os.path.join(cfg['path'], {'backup': 'dump', 'images': 'images', 'rootdir': 'private'}[kind])


def parse(volume):
    store, colon, name = volume.partition(':')
    if not colon or not name:
        raise Refused(f"unable to parse volume ID '{volume}'")
    return store, name


def path_of(volume):
    """`pvesm path`: also of a volume that is not there (PVE::Storage::path)."""
    store, name = parse(volume)
    cfg = get(store)
    if cfg['type'] == 'pbs':
        # PBSPlugin::path: an artificial URL that names nothing one could open.
        snapshot = re.fullmatch(r'backup/([^\s_]+/[^\s_]+/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)', name)
        if not snapshot:
            raise Refused(f"unable to parse PBS volume name '{name}'")
        return f"pbs://root@pam@{cfg['server']}:{cfg['datastore']}/{snapshot[1]}"
    if name.startswith('backup/'):
        file = name[len('backup/'):]
        if 'path' not in cfg or not ARCHIVE.match(file) or '/' in file:
            raise Refused(f"unable to parse {'directory ' if 'path' in cfg else ''}volume name '{name}'")
        return os.path.join(subfolder(cfg, 'backup'), file)
    if 'path' in cfg:
        return os.path.join(subfolder(cfg, 'images'), name)
    if cfg['type'] == 'zfspool' and name.startswith('subvol-'):
        return os.path.join('/', cfg['pool'], name)
    return os.path.join(VOLUMES, store, name)


def allocate(store, vmid, kind, suffix=''):
    """The first free name of Proxmox's scheme; answers volume id and path, whose folder is there."""
    cfg = check_active(store)
    for number in range(1000):
        if 'path' in cfg:
            name = f'{vmid}/vm-{vmid}-disk-{number}.raw' if kind == 'qemu' else f'{vmid}/subvol-{vmid}-disk-{number}.subvol'
        elif kind == 'lxc' and cfg['type'] == 'zfspool':
            name = f'subvol-{vmid}-disk-{number}'
        else:
            name = f'vm-{vmid}-disk-{number}'
        path = path_of(f'{store}:{name}{suffix}')
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return f'{store}:{name}{suffix}', path
    raise Refused(f'unable to allocate an image name for VM {vmid} in storage {store}')


def archive_info(name):
    """Raises for what is no archive; `standard` tells whether its name is of Proxmox's scheme."""
    base = os.path.basename(name)
    found = ARCHIVE.match(base)
    if not found:
        raise Refused(f"ERROR: couldn't determine archive info from '{name}'")
    info = {'filename': base, 'type': found[1], 'format': found[2], 'compression': found[3], 'standard': False}
    named = STANDARD.match(base)
    if named:
        try:
            moment = time.mktime(tuple(int(part) for part in named.groups()[2:8]) + (0, 0, -1))
        except (ValueError, OverflowError):
            return info
        info.update(standard=True, vmid=int(named[2]), ctime=int(moment), log=named[1] + '.log')
    return info


def list_backups(store, vmid=None):
    """PVE::Storage::Plugin::get_subdir_files: what is there, oldest first or not, as the folder gives it."""
    cfg, found = get(store), []
    if cfg['type'] == 'pbs':
        # What a backup server would say is what a test wrote (PBSPlugin::list_volumes).
        entries = node.read_json(os.path.join(node.CLUSTER, f'pbs-{store}.json'), [])
        return [entry for entry in entries if vmid in (None, entry['vmid'])]
    folder = subfolder(cfg, 'backup')
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return found
    for name in sorted(names):
        path = os.path.join(folder, name)
        if not ARCHIVE.match(name) or not os.path.isfile(path):
            continue
        info = archive_info(name)
        of = re.match(r'^vzdump-(?:lxc|openvz|qemu)-([1-9]\d{2,8})-', name)
        if vmid is not None and (not of or int(of[1]) != vmid):
            continue
        stat = os.stat(path)
        entry = {
            'volid': f'{store}:backup/{name}',
            'content': 'backup',
            'format': info['format'],
            'size': stat.st_size + (node.fault('listedSizeIsOff') or 0),
            'ctime': info.get('ctime', int(stat.st_ctime)),
            'subtype': info['type'],
        }
        if of:
            entry['vmid'] = int(of[1])
        if os.path.exists(path + '.notes'):
            with open(path + '.notes', encoding='utf-8', errors='replace') as notes:
                entry['notes'] = notes.read().rstrip('\n')
        if os.path.exists(path + '.protected'):
            entry['protected'] = 1
        found.append(entry)
    return found


def list_images(store, vmid=None):
    """Disks and containers' roots that a guest of the cluster has."""
    kinds = {guest.vmid: guest.kind for guest in guests.all_guests()}
    cfg, found = get(store), []
    base = subfolder(cfg, 'images') if 'path' in cfg else os.path.join(VOLUMES, store)
    if cfg['type'] == 'zfspool':
        folders = [base, os.path.join('/', cfg['pool'])]
    else:
        folders = [base]
    for folder in folders:
        for at, inner, names in os.walk(folder):
            subvolumes = [name for name in inner if name.startswith('subvol-')]
            inner[:] = [name for name in inner if name not in subvolumes]
            for name in sorted(names + subvolumes):
                of = re.match(r'^(?:vm|base|subvol)-(\d+)-', name)
                if not of or (vmid is not None and int(of[1]) != vmid):
                    continue
                path = os.path.join(at, name)
                rootdir = kinds.get(int(of[1])) == 'lxc'
                found.append({
                    'volid': f'{store}:{os.path.relpath(path, folder)}',
                    'content': 'rootdir' if rootdir else 'images',
                    'format': 'subvol' if name.startswith('subvol-') else 'raw',
                    'size': size_of(path),
                    'ctime': int(os.stat(path).st_ctime),
                    'vmid': int(of[1]),
                })
    return found


def size_of(path):
    if not os.path.isdir(path):
        return os.stat(path).st_size
    return sum(os.lstat(os.path.join(at, name)).st_size for at, _, names in os.walk(path) for name in names)


def usage(store, cfg):
    """total, used, available in bytes: of capacities.json (`nas`, `baobab/local`), else 100 GiB; used is what lies there."""
    capacities = node.read_json(os.path.join(node.CLUSTER, 'capacities.json'), {})
    given = capacities.get(f'{node.name()}/{store}') or capacities.get(store) or {}
    total = given.get('total', 100 * GIB)
    used = given.get('used', 0)
    base = cfg['path'] if 'path' in cfg else os.path.join(VOLUMES, store)
    used += size_of(base) if os.path.isdir(base) else 0
    return total, used, max(0, total - used)


def remove_archive(path):
    """PVE::Storage::archive_remove, with log and notes (archive_auxiliaries_remove)."""
    if os.path.exists(path + '.protected'):
        raise Refused(f"cannot remove protected archive '{path}'")
    os.unlink(path)
    info = archive_info(path)
    for beside in (info.get('log'), info['filename'] + '.notes'):
        if beside and os.path.exists(os.path.join(os.path.dirname(path), beside)):
            os.unlink(os.path.join(os.path.dirname(path), beside))
