"""Answers of the API, each of its own path."""
import os

from . import guest_commands, guests, node, pveversion, storage
from .called import Refused


def resources(options):
    """PVE::API2::Cluster `resources`, PVE::API2Tools extract_{vm,node,storage}_stats (pve-manager)."""
    kind, found = options.get('type'), []
    if kind in (None, 'vm'):
        found += [guest_resource(guest) for guest in guests.all_guests()]
    if kind in (None, 'node'):
        found += [node_resource(name) for name in node.cluster()['nodes']]
    if kind in (None, 'storage'):
        for store, cfg in storage.config().items():
            found += [
                storage_resource(store, cfg, name)
                for name in node.cluster()['nodes']
                if storage.is_enabled(cfg, name)
            ]
    return found


def is_unknown(guest):
    """No statistics: pvestatd of that node is not running, or the node is off."""
    unknown = node.fault('statusUnknown') or []
    return unknown is True or guest.vmid in unknown or not node.is_online(guest.node)


def guest_resource(guest):
    entry = {
        'id': f'{guest.kind}/{guest.vmid}',
        'vmid': guest.vmid,
        'node': guest.node,
        'type': guest.kind,
        'status': 'unknown',
    }
    config = guest.config()
    if not is_unknown(guest):
        running = guest.is_running()
        memory = guest.memory(config)
        entry.update(
            uptime=guests.uptime(guest),
            name=guest.display_name(config),
            status='running' if running else 'stopped',
            template=int(config.get('template', '0')),
            maxcpu=int(config.get('cores', 1)),
            cpu=0.0123 if running else 0,
            maxmem=memory,
            mem=memory // 3 if running else 0,
            maxdisk=guest.boot_disk_size(config),
            disk=0,
            netin=12345 if running else 0,
            netout=2345 if running else 0,
            diskread=0,
            diskwrite=0,
        )
    # Of the configuration, which every node has, and not of the statistics.
    for key in ('lock', 'tags'):
        if key in config:
            entry[key] = config[key]
    for pool, members in pools().items():
        if str(guest.vmid) in members:
            entry['pool'] = pool
    return entry


def pools():
    """user.cfg: `pool:NAME:COMMENT:VMIDS:STORAGES:` (pve-access-control)."""
    found = {}
    try:
        with open(os.path.join(node.PVE, 'user.cfg'), encoding='utf-8') as file:
            for line in file:
                parts = line.rstrip('\n').split(':')
                if parts[0] == 'pool' and len(parts) > 3:
                    found[parts[1]] = [vmid for vmid in parts[3].split(',') if vmid]
    except FileNotFoundError:
        pass
    return found


def node_resource(name):
    entry = {'id': f'node/{name}', 'node': name, 'type': 'node', 'status': 'offline', 'level': ''}
    if node.is_online(name):
        entry.update(
            status='online', uptime=12345, cpu=0.05, maxcpu=8, mem=4 * 2**30, maxmem=32 * 2**30, disk=5 * 2**30,
            maxdisk=94 * 2**30,
        )  # fmt: skip
        entry['cgroup-mode'] = 2
    return entry


def storage_resource(store, cfg, name):
    entry = {
        'id': f'storage/{name}/{store}',
        'storage': store,
        'node': name,
        'type': 'storage',
        'plugintype': cfg['type'],
        'status': 'unknown',
        'shared': 1 if storage.is_shared(cfg) else 0,
        'content': ','.join(sorted(storage.contents(cfg))),
    }
    if node.is_online(name) and (storage.is_shared(cfg) or name == node.name()) and storage.is_active(store, cfg):
        total, used, _ = storage.usage(store, cfg)
        entry.update(status='available', maxdisk=total, disk=used)
    elif node.is_online(name) and not storage.is_shared(cfg):
        entry.update(status='available', maxdisk=100 * storage.GIB, disk=0)
    return entry


def cluster_status(_options):
    """PVE::API2::Cluster `get_status`: the cluster's own entry only where there is one."""
    cluster = node.cluster()
    found = []
    if cluster['name']:
        online = [name for name in cluster['nodes'] if node.is_online(name)]
        found.append({
            'type': 'cluster', 'id': 'cluster', 'name': cluster['name'], 'nodes': len(cluster['nodes']),
            'quorate': 1 if len(online) * 2 > len(cluster['nodes']) else 0, 'version': len(cluster['nodes']),
        })  # fmt: skip
    for number, name in enumerate(cluster['nodes'], 1):
        entry = {
            'type': 'node', 'id': f'node/{name}', 'name': name, 'nodeid': number if cluster['name'] else 0,
            'ip': f'192.0.2.{number}', 'local': 1 if name == node.name() else 0,
            'online': 1 if node.is_online(name) else 0, 'level': '',
        }  # fmt: skip
        found.append(entry)
    return found


def version(_options):
    return dict(pveversion.VERSION)


def nodes(_options):
    return [node_resource(name) for name in node.cluster()['nodes']]


def check_node(name):
    """The real one passes the call on to that node; here each answers for itself only."""
    if name not in node.cluster()['nodes']:
        raise Refused(f"hostname lookup '{name}' failed - failed to get address info for: {name}: Name or service not known")
    if not node.is_online(name):
        raise Refused(f'proxy handler failed: ssh: connect to host {name} port 22: No route to host')


def storage_index(options, name):
    """PVE::API2::Storage::Status `index`."""
    check_node(name)
    found = []
    for store, cfg in sorted(storage.config().items()):
        if not storage.is_enabled(cfg, name) and options.get('enabled') == '1':
            continue
        if 'content' in options and not set(options['content'].split(',')) & set(storage.contents(cfg)):
            continue
        if 'storage' in options and options['storage'] != store:
            continue
        if cfg.get('nodes') and not storage.is_enabled(dict(cfg, disable='0'), name):
            continue
        entry = {
            'storage': store,
            'type': cfg['type'],
            'content': ','.join(sorted(storage.contents(cfg))),
            'shared': 1 if storage.is_shared(cfg) else 0,
            'enabled': 1 if storage.is_enabled(cfg, name) else 0,
            'active': 1 if storage.is_active(store, cfg) else 0,
            'total': 0, 'used': 0, 'avail': 0,
        }  # fmt: skip
        if entry['active']:
            entry['total'], entry['used'], entry['avail'] = storage.usage(store, cfg)
            entry['used_fraction'] = entry['used'] / entry['total'] if entry['total'] else 0
        found.append(entry)
    return found


def storage_content(options, name, store):
    """PVE::API2::Storage::Content `index`."""
    check_node(name)
    cfg = storage.check_active(store)
    if name != node.name() and not storage.is_shared(cfg):
        raise Refused(f"the stand-in does not ask '{name}' for its own storage '{store}'")
    kinds = [options['content']] if 'content' in options else storage.contents(cfg)
    vmid = int(options['vmid']) if 'vmid' in options else None
    found = []
    if 'backup' in kinds and ('path' in cfg or cfg['type'] == 'pbs'):
        found += storage.list_backups(store, vmid)
        if node.fault('sizesAreStrings'):
            found = [dict(entry, size=str(entry['size'])) for entry in found]
    if {'images', 'rootdir'} & set(kinds):
        found += [entry for entry in storage.list_images(store, vmid) if entry['content'] in kinds]
    return found


def storage_status(_options, name, store):
    found = [entry for entry in storage_index({}, name) if entry['storage'] == store]
    if not found:
        raise Refused(f"storage '{store}' does not exist")
    return {key: value for key, value in found[0].items() if key not in ('storage', 'used_fraction')}


def volume_info(_options, name, store, volume):
    check_node(name)
    volid = volume if volume.startswith(f'{store}:') else f'{store}:{volume}'
    path = storage.path_of(volid)
    if not os.path.exists(path):
        raise Refused(f"volume_size_info on '{volid}' failed")
    found = {'path': path, 'size': storage.size_of(path), 'used': storage.size_of(path), 'format': 'raw'}
    for entry in storage.list_backups(store) if ':backup/' in volid else []:
        if entry['volid'] == volid:
            found['format'] = entry['format']
            found.update({key: entry[key] for key in ('notes', 'protected') if key in entry})
    return found


def volume_update(options, name, store, volume):
    """Notes and protection (PVE::Storage::DirPlugin update_volume_attribute)."""
    check_node(name)
    volid = volume if volume.startswith(f'{store}:') else f'{store}:{volume}'
    path = storage.path_of(volid)
    if not os.path.isfile(path):
        raise Refused(f"volume '{volid}' does not exist")
    if 'notes' in options:
        if options['notes']:
            node.write_whole(f'{path}.notes', options['notes'])
        elif os.path.exists(f'{path}.notes'):
            os.unlink(f'{path}.notes')
    if 'protected' in options:
        if options['protected'] in ('1', 'true', 'yes', 'on'):
            with open(f'{path}.protected', 'w', encoding='utf-8'):
                pass
        elif os.path.exists(f'{path}.protected'):
            os.unlink(f'{path}.protected')
    return None


def volume_delete(_options, name, store, volume):
    check_node(name)
    volid = volume if volume.startswith(f'{store}:') else f'{store}:{volume}'
    free(volid)
    return None


def free(volid):
    path = storage.path_of(volid)
    if ':backup/' in volid:
        if not os.path.exists(path):
            return
        storage.remove_archive(path)
    elif os.path.exists(path):
        guest_commands.remove_volume(volid)
    else:
        raise Refused(f"no such logical volume {volid.replace(':', '/')}")


def guest_list(_options, name, kind):
    check_node(name)
    return [dict(guest_commands.status_of(one)) for one in guests.all_guests() if (one.node, one.kind) == (name, kind)]


def of(name, kind, vmid):
    check_node(name)
    guest = guests.Guest(name, kind, vmid)
    if not os.path.exists(guest.path):
        raise Refused(f"Configuration file 'nodes/{name}/{guests.FOLDERS[kind]}/{vmid}.conf' does not exist")
    return guest


def guest_config(_options, name, kind, vmid):
    return guest_commands.config_of(of(name, kind, vmid))


def guest_status(_options, name, kind, vmid):
    return guest_commands.status_of(of(name, kind, vmid))


def agent_ping(_options, name, vmid):
    from . import qm

    of(name, 'qemu', vmid)
    if qm.agent(int(vmid), ['ping']):
        raise SystemExit(255)
    return {'result': {}}


def next_id(_options):
    taken = {guest.vmid for guest in guests.all_guests()}
    return str(next(vmid for vmid in range(100, 10**9) if vmid not in taken))


def tasks(options, name):
    """PVE::API2::Tasks: newest first, of the index that ended tasks are written to."""
    check_node(name)
    found = []
    try:
        with open(os.path.join(node.TASKS, 'index'), encoding='utf-8') as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = []
    for line in reversed(lines):
        upid, ended, status = line.split(' ', 2)
        _, where, pid, pstart, started, kind, about, user, _ = upid.split(':')
        entry = {
            'upid': upid, 'node': where, 'pid': int(pid, 16), 'pstart': int(pstart, 16), 'starttime': int(started, 16),
            'endtime': int(ended, 16), 'type': kind, 'id': about, 'user': user, 'status': status,
        }  # fmt: skip
        if options.get('typefilter', kind) == kind and options.get('vmid', about) == about:
            found.append(entry)
    return found[: int(options.get('limit', 50))]


def task_path(upid):
    return os.path.join(node.TASKS, upid.split(':')[4][-1], upid)


def task_log(options, name, upid):
    check_node(name)
    with open(task_path(upid), encoding='utf-8') as file:
        lines = file.read().splitlines()
    first = int(options.get('start', 0))
    chosen = lines[first : first + int(options.get('limit', 50))]
    return [{'n': number, 't': line} for number, line in enumerate(chosen, first + 1)]


def storages(_options):
    return [
        dict({key: value for key, value in cfg.items()}, storage=store, digest='0' * 40)
        for store, cfg in sorted(storage.config().items())
    ]


NODE, STORE, ID = r'nodes/([^/]+)', r'storage/([^/]+)', r'([1-9]\d{2,8})'
ROUTES = [
    ('GET', r'version', version),
    ('GET', r'nodes', nodes),
    ('GET', r'storage', storages),
    ('GET', r'cluster/resources', resources),
    ('GET', r'cluster/status', cluster_status),
    ('GET', r'cluster/nextid', next_id),
    ('GET', rf'{NODE}/storage', storage_index),
    ('GET', rf'{NODE}/{STORE}/content', storage_content),
    ('GET', rf'{NODE}/{STORE}/status', storage_status),
    ('GET', rf'{NODE}/{STORE}/content/(.+)', volume_info),
    ('PUT', rf'{NODE}/{STORE}/content/(.+)', volume_update),
    ('DELETE', rf'{NODE}/{STORE}/content/(.+)', volume_delete),
    ('GET', rf'{NODE}/(qemu|lxc)', guest_list),
    ('GET', rf'{NODE}/(qemu|lxc)/{ID}/config', guest_config),
    ('GET', rf'{NODE}/(qemu|lxc)/{ID}/status/current', guest_status),
    ('POST', rf'{NODE}/qemu/{ID}/agent/ping', agent_ping),
    ('GET', rf'{NODE}/tasks', tasks),
    ('GET', rf'{NODE}/tasks/([^/]+)/log', task_log),
]
