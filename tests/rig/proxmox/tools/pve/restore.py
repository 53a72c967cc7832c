"""
qmrestore (qemu-server src/PVE/CLI/qmrestore.pm, src/PVE/API2/Qemu.pm `create_vm`, src/PVE/QemuServer.pm restore_vma_archive)
and `pct restore` (pve-container src/PVE/API2/LXC.pm `create_vm`, src/PVE/LXC/Create.pm), from the archive's own bytes.
"""
import os
import random
import re
import subprocess
import time

from . import compress, guest_commands, guests, node, storage, task, vma
from .called import Refused
from .vma_format import Damaged, Reader

DECOMPRESS = {'gz': ['zcat'], 'lzo': ['lzop', '-d', '-c'], 'zst': ['zstd', '-q', '-d', '-c'], 'bz2': ['bzcat', '-q']}
SWITCHES = {'force', 'unique', 'start', 'unprivileged', 'live-restore'}


def parse(words):
    """Options with the switches that may stand alone; the two words that must be there."""
    found, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if not word.startswith('--'):
            rest.append(word)
            continue
        name, equals, value = word[2:].partition('=')
        if not equals:
            alone = name in SWITCHES and not (words and words[0] in ('0', '1'))
            value = '1' if alone else words.pop(0)
        found[name] = value
    return found, rest


def archive_path(archive):
    """A volume id or a path (PVE::Storage::abs_filesystem_path)."""
    path = archive if archive.startswith('/') else storage.path_of(archive)
    if not os.path.isfile(path):
        raise Refused(f"volume '{archive}' does not exist" if ':' in archive else f"can't find file '{archive}'")
    return path


def main(words):
    options, rest = parse(words)
    if len(rest) != 2:
        raise Refused('400 not enough arguments\nqmrestore <archive> <vmid> [OPTIONS]')
    return restore('qemu', rest[0], guest_commands.vmid_of(rest[1:]), options)


def container(words):
    options, rest = parse(words)
    if len(rest) != 2:
        raise Refused('400 not enough arguments\npct restore <vmid> <ostemplate> [OPTIONS]')
    return restore('lxc', rest[1], guest_commands.vmid_of(rest), options)


def restore(kind, archive, vmid, options):
    path = archive_path(archive)
    word = 'VM' if kind == 'qemu' else 'CT'
    trouble = f'unable to restore {word} {vmid} -'
    there = guests.find(vmid)
    # PVE::Cluster::check_vmid_unused.
    if there and (options.get('force') != '1' or there.node != node.name() or there.kind != kind):
        raise Refused(f"{trouble} {there.word} {vmid} already exists on node '{there.node}'")
    # PVE::API2::LXC, create_vm: without one, all of a container goes to `local`, wherever it was.
    if kind == 'lxc':
        options = {'storage': 'local', **options}
    if options.get('storage'):
        cfg = storage.get(options['storage'])
        wanted = 'images' if kind == 'qemu' else 'rootdir'
        if wanted not in storage.contents(cfg):
            if kind == 'lxc':
                raise Refused(f"storage: storage '{options['storage']}' does not support container directories")
            raise Refused(f"Content type '{wanted}' is not available on storage '{options['storage']}'")
    guest = guests.Guest(node.name(), kind, vmid)
    if there:
        guest.check_lock()
        if guest.config().get('protection') == '1':
            raise Refused(f'{trouble} protection mode enabled')
        if guest.is_running():
            raise Refused(f'{trouble} vm is running' if kind == 'qemu' else "can't overwrite running container")
        guest.lock('create')
    else:
        guest.write('lock: create\n')
    work = restore_machine if kind == 'qemu' else restore_container
    name = 'qmrestore' if kind == 'qemu' else 'vzrestore'
    code = task.run(name, vmid, lambda: work(guest, path, archive, options))
    if code == 0 and options.get('start') == '1':
        return guest_commands.start(guest, {}, [])
    return code


class Pace:
    def __init__(self, options):
        limit = int(options.get('bwlimit', '0')) * 1024
        self.paces = [pace for pace in (limit, node.settings().get('bytesPerSecond')) if pace]
        self.started = time.time()

    def wait(self, done, total):
        compress.wait(self.paces, self.started, done)
        compress.meet(done, total)


def restore_machine(guest, path, _archive, options):
    info = storage.archive_info(path)
    command = DECOMPRESS.get(info['compression'])
    fifo = f'/var/tmp/vzdumptmp{os.getpid()}'
    shown = f'vma extract -v -r {fifo}.fifo {"-" if command else path} {fifo}'
    shown = f"{' '.join(command)} {path} | {shown}" if command else shown
    print(f'restore vma archive: {shown}')
    volumes = {}
    child = subprocess.Popen(command + [path], stdout=subprocess.PIPE) if command else None
    try:
        text = extract(guest, child.stdout if child else open(path, 'rb'), options, volumes)
        if child and child.wait():
            raise task.TaskFailed(f"command 'set -o pipefail && {shown}' failed: exit code {child.returncode}\n")
    except (Damaged, task.TaskFailed, task.Interrupted, OSError, Refused) as error:
        if child:
            child.stdout.close()
            child.wait()
        for volume in volumes.values():
            guest_commands.remove_volume(volume)
            print(f"temporary volume '{volume}' successfully removed")
        guest.unlock('create')
        # The guest is there now, without what it had: its configuration stays, and with --force its old disks are gone.
        print(
            'error before or during data restore, some or all disks were not completely restored. '
            f'VM {guest.vmid} state is NOT cleaned up.'
        )
        if isinstance(error, Damaged):
            print(f'** (process:{os.getpid()}): ERROR: {time.strftime("%H:%M:%S")}.000: restore failed - {error}')
            raise task.TaskFailed(f"command 'set -o pipefail && {shown}' failed: exit code 133\n") from error
        raise
    guest.write(text)
    print('rescan volumes...')


def extract(guest, stream, options, volumes):
    """Makes the disks of what the archive says of them; answers the new configuration."""
    reader = Reader(stream)
    vma.print_content(reader)
    backed_up = dict(reader.configs).get('qemu-server.conf')
    if backed_up is None:
        raise task.TaskFailed('unable to read qemu-server.conf - No such file or directory\n')
    lines = backed_up.decode().splitlines()
    drives = {}
    for line in lines:
        if (found := re.match(r'^#qmdump#map:(\S+):(\S+):(\S*):(\S*):$', line)):
            drives[found[1]] = (found[2], options.get('storage') or found[3] or 'local')
    devices = {name: (number, size) for number, (name, size) in reader.devices.items()}
    for key, (device, _) in drives.items():
        if device not in devices:
            raise task.TaskFailed(f"archive does not contain data for drive '{key}'\n")
    overwrite(guest, drives)
    files = {}
    for key, (device, store) in sorted(drives.items()):
        number, size = devices[device]
        volumes[key], disk = storage.allocate(store, guest.vmid, 'qemu')
        print(f"new volume ID is '{volumes[key]}'")
        files[number] = open(disk, 'w+b')
        files[number].truncate(size)
        print(f"map '{device}' to '{disk}' (write zeros = 0)")
    pace = Pace(options)
    progress = vma.progress_of(reader)

    def write(device, offset, data):
        files[device].seek(offset)
        files[device].write(data)

    stop_at = node.fault('restoreFailsAt')
    total = sum(size for _, size in devices.values())

    def after(read):
        progress(read)
        if stop_at is not None and read >= stop_at * total:
            raise OSError(28, 'No space left on device')
        pace.wait(read, total)

    totals = reader.restore(write, after)
    for file in files.values():
        file.flush()
        os.fsync(file.fileno())
        file.close()
    vma.print_totals(*totals)
    return '\n'.join(filter(None, (config_line(line, volumes, options) for line in lines))) + '\n'


def overwrite(guest, drives):
    """What of an old guest is in the way goes before anything new is written (restore_cleanup_oldconf)."""
    for key, volume, _ in list(guest.drives()):
        if key in drives and re.search(rf'(?:vm|base)-{guest.vmid}-', volume):
            guest_commands.remove_volume(volume)
    guest.write('memory: 128\nlock: create\n')


def config_line(line, volumes, options):
    """restore_update_config_line."""
    if line.startswith(('#qmdump#', '#vzdump#', 'lock:', 'parent:')) or re.match(r'^unused\d+:', line):
        return None
    unique = options.get('unique') == '1'
    if (drive := re.match(r'^((?:ide|scsi|virtio|sata|efidisk|tpmstate)\d+):\s*([^,]+)(.*)$', line)):
        if re.search(r',backup=(0|no)\b', drive[3]):
            return f'#{line}'
        if drive[1] in volumes:
            return f'{drive[1]}: {volumes[drive[1]]}{drive[3]}'
    if unique and (net := re.match(r'^(net\d+: \w+=)((?:[0-9A-F]{2}:){5}[0-9A-F]{2})(.*)$', line)):
        return f'{net[1]}{random_address()}{net[3]}'
    return line


def random_address():
    # Proxmox's own prefix (datacenter.cfg mac_prefix).
    return 'BC:24:11:' + ':'.join(f'{random.randrange(256):02X}' for _ in range(3))


def restore_container(guest, path, archive, options):
    print(f"recovering backed-up configuration from '{archive}'")
    volumes = []
    try:
        lines = container_config(path)
        fresh = []
        for line in lines:
            made = container_line(guest, line, options, volumes)
            fresh += [made] if made else []
        if not volumes:
            raise task.TaskFailed('rootfs configuration could not be recovered, please check and specify manually!\n')
        guest_commands.remove_disks(guest)
        print(f"restoring '{archive}' now..")
        unpack(path, volumes[0][1], options)
        print("merging backed-up and given configuration..")
    except (task.TaskFailed, task.Interrupted, OSError, Refused) as error:
        for volume, _ in volumes:
            guest_commands.remove_volume(volume)
        os.unlink(guest.path)
        raise task.TaskFailed(f'unable to restore CT {guest.vmid} - {error}') from error
    guest.write('\n'.join(fresh) + '\n')


def container_config(path):
    """PVE::Storage::extract_vzdump_config_tar: the first of the archive."""
    end = subprocess.run(
        ['tar', *tar_switch(path), '-xOf', path, '--occurrence=1', './etc/vzdump/pct.conf'], capture_output=True, check=False
    )
    if not end.stdout:
        raise task.TaskFailed("ERROR: archive contains no configuration file\n")
    return [line for line in end.stdout.decode().splitlines() if line]


def tar_switch(path):
    switches = {'gz': ['-z'], 'lzo': ['--lzop'], 'zst': ['--zstd'], 'bz2': ['--bzip2']}
    return switches.get(storage.archive_info(path)['compression'], [])


def container_line(guest, line, options, volumes):
    if line.startswith(('lock:', 'parent:')):
        return None
    if (mount := re.match(r'^(rootfs|mp\d+):\s*([^,]+)(.*)$', line)):
        if mount[2].startswith('/'):
            return line
        # The old volume keeps its name until the new one is whole. One that is in no backup is made anew too, and empty.
        volume, folder = storage.allocate(options['storage'], guest.vmid, 'lxc')
        os.mkdir(folder)
        volumes.insert(0 if mount[1] == 'rootfs' else len(volumes), (volume, folder))
        return f'{mount[1]}: {volume}{mount[3]}'
    if options.get('unique') == '1' and line.startswith('net'):
        return re.sub(r'hwaddr=[0-9A-F:]{17}', f'hwaddr={random_address()}', line)
    return line


def unpack(path, folder, options):
    print(f"extracting archive '{path}'")
    command = ['tar', 'xpf', '-', *tar_switch(path), '--totals', '-p', '--sparse', '--numeric-owner', '-C', folder]
    command += ['--skip-old-files', '--anchored', '--exclude', './dev/*']
    tar = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
    pace, done = Pace(options), 0
    with open(path, 'rb') as file:
        while data := file.read(65536):
            try:
                tar.stdin.write(data)
            except BrokenPipeError:
                break
            done += len(data)
            pace.wait(done, os.stat(path).st_size)
    try:
        tar.stdin.close()
    except BrokenPipeError:
        pass
    code = tar.wait()
    if code:
        raise task.TaskFailed(f"command '{' '.join(command)}' failed: exit code {code}\n")
    os.unlink(os.path.join(folder, 'etc/vzdump/pct.conf'))
