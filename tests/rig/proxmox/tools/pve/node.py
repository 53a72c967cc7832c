"""Where a stand-in keeps what a real node keeps, and what a test set for it."""
import json
import os
import tempfile
import time

# Text in the real format and at the real path: nodes/NODE/qemu-server/VMID.conf, storage.cfg, corosync.conf, user.cfg.
PVE = '/etc/pve'
# What belongs to the rig alone; `cluster` is the same folder on every node of a Proxmox cluster.
RIG = os.environ.get('PVE_RIG', '/var/lib/pve-rig')
CLUSTER = os.path.join(RIG, 'cluster')
TASKS = '/var/log/pve/tasks'


def name():
    return os.uname().nodename.split('.')[0]


def read_json(path, otherwise):
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return otherwise


def write_whole(path, data):
    """As a rename: who reads meanwhile sees the old or the new."""
    if isinstance(data, str):
        data = data.encode()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix='.rig-')
    with os.fdopen(handle, 'wb') as file:
        file.write(data)
    os.chmod(temporary, 0o640)
    os.rename(temporary, path)


_settings = None


def settings():
    """settings.json: `delays`, `faults`, `bytesPerSecond`, `progressSeconds`."""
    global _settings
    if _settings is None:
        _settings = read_json(os.path.join(RIG, 'settings.json'), {})
    return _settings


def fault(key):
    return settings().get('faults', {}).get(key)


def now():
    """Of the clock that a test set for `date` (setClock): archives of a node whose clock is wrong have wrong names."""
    try:
        with open('/etc/rig-clock', encoding='utf-8') as file:
            return time.time() + int(file.read().strip().rstrip('s') or 0)
    except FileNotFoundError:
        return time.time()


def wait_while_held():
    """Says that somebody waits here, and waits until the test lets go, or holds again: that is for the next that comes."""
    hold = held_by()
    with open(os.path.join(RIG, 'held'), 'w', encoding='utf-8'):
        pass
    while hold is not None and held_by() == hold:
        time.sleep(0.02)


def held_by():
    try:
        with open(os.path.join(RIG, 'hold'), encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return None


def cluster():
    """cluster.json: `name` (null: in no cluster), `nodes`."""
    return read_json(os.path.join(CLUSTER, 'cluster.json'), {'name': None, 'nodes': [name()]})


def is_online(node):
    return node == name() or os.path.exists(os.path.join(CLUSTER, 'online', node))
