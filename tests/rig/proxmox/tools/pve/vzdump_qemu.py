"""A virtual machine's part of vzdump (qemu-server src/PVE/VZDump/QemuServer.pm, commit e6352be6)."""
import os
import re
import time
import uuid

from . import node, storage
from .compress import NoSpace, Output
from .task import Interrupted, TaskFailed
from .text import config_size, parse_size, render_bytes, render_duration
from .vma_format import CLUSTER, ZERO_CLUSTER, Writer


class Part:
    def __init__(self, log, options, guest, running, folder):
        self.log, self.options, self.guest, self.running, self.folder = log, options, guest, running, folder
        self.mode = options['mode']
        self.disks, self.config, self.stopped = [], {}, None

    def prepare(self, _mode):
        config = self.config = self.guest.config()
        if 'name' in config:
            self.log.info(f"VM Name: {config['name']}")
        for key, volume, options in self.guest.drives(config):
            if key.startswith('unused') or options.get('media') == 'cdrom' or volume == 'none':
                continue
            if options.get('backup') in ('0', 'no'):
                self.log.info(f"exclude disk '{key}' '{volume}' (backup=no)")
                continue
            if key.startswith('efidisk') and config.get('bios') != 'ovmf':
                self.log.info(f"exclude disk '{key}' '{volume}' (efidisk but no OMVF BIOS)")
                continue
            size = f" {config_size(parse_size(options['size']))}" if 'size' in options else ''
            self.log.info(f"include disk '{key}' '{volume}'{size}")
            path = storage.path_of(volume) if ':' in volume else volume
            if not os.path.exists(path):
                raise TaskFailed(f"cannot determine size of volume '{volume}' - no such file '{path}'\n")
            self.disks.append((key, volume, path))

    def snapshot(self):
        pass

    def assemble(self):
        """The current part of the configuration and a map of the disks; the rest is named and left out."""
        out, found = [], set()
        for line in self.guest.text().splitlines():
            if (head := re.match(r'^\[(.*)\]\s*$', line)):
                name = head[1].upper()
                found.add('pending' if name == 'PENDING' else 'special' if name.startswith('SPECIAL:') else 'snapshot')
            if found:
                continue
            if (unused := re.match(r'^unused\d+:\s*(\S+)', line)):
                self.log.info(f"skip unused drive '{unused[1]}' (not included into backup)")
                continue
            if line.startswith(('#vzdump#', '#qmdump#', 'lock:', 'parent:')):
                continue
            out.append(line)
        for key, volume, _ in self.disks:
            out.append(f'#qmdump#map:{key}:drive-{key}:{volume.split(":")[0]}:raw:')
        for kind, words in (
            ('special', 'special config section found'),
            ('snapshot', 'snapshots found'),
            ('pending', 'pending configuration changes found'),
        ):
            if kind in found:
                self.log.info(f'{words} (not included into backup)')
        with open(os.path.join(self.folder, 'qemu-server.conf'), 'w', encoding='utf-8') as file:
            file.write('\n'.join(out) + '\n')

    def archive(self, path):
        with open(os.path.join(self.folder, 'qemu-server.conf'), 'rb') as file:
            configs = [('qemu-server.conf', file.read())]
        if not self.disks:
            self.log.info('backup contains no disks')
            self.log.info('starting diskless backup')
            command = {'zstd': 'zstd --threads=1', 'gzip': 'gzip --rsyncable', 'lzo': 'lzop', '1': 'lzop'}.get(
                self.options.get('compress', '0'), 'cat'
            )
            self.log.info(f"/usr/bin/vma create -v -c {self.folder}/qemu-server.conf exec:{command} > {path}")
        else:
            self.freeze()
        output = Output(path, self.options)
        job = uuid.uuid4()
        try:
            if self.disks:
                self.log.info(f"started backup task '{job}'")
            if self.disks and self.running:
                self.go_on()
            self.copy(output, job, configs)
        except NoSpace as full:
            output.abort()
            if full.words:
                self.log.plain(full.words)
            words = 'vma_queue_write: write error - ' + ('Broken pipe' if full.words else 'No space left on device')
            self.fail(words)
        except Interrupted as signal:
            output.abort()
            self.log.error(str(signal))
            self.log.info('aborting backup job')
            raise
        self.settle()

    def freeze(self):
        if not self.running or self.mode == 'stop':
            self.log.info('starting kvm to execute backup task')
            return
        agent = self.config.get('agent', '0')
        if agent.split(',')[0] not in ('1', 'enabled=1'):
            return
        if self.guest.vmid in (node.fault('agentSilent') or []):
            self.log.info('skipping guest-agent \'fs-freeze\', agent configured but not running?')
            return
        self.log.info("issuing guest-agent 'fs-freeze' command")
        self.log.info("issuing guest-agent 'fs-thaw' command")

    def go_on(self):
        """The guest that was stopped or suspended runs on as soon as the job is under way."""
        if self.stopped is None:
            self.log.info('resuming VM again')
        else:
            self.guest.run()
            self.log.info(f'resuming VM again after {int(time.time() - self.stopped)} seconds')

    def fail(self, words):
        self.log.error(words)
        self.log.info('aborting backup job')
        self.log.info('resuming VM again' if self.running else 'stopping kvm after backup task')
        raise TaskFailed(f'{words}\n')

    def settle(self):
        if self.disks and not self.running:
            self.log.info('stopping kvm after backup task')

    def copy(self, output, job, configs):
        sizes = [os.stat(path).st_size for _, _, path in self.disks]
        devices = [(f'drive-{key}', size) for (key, _, _), size in zip(self.disks, sizes)]
        progress = Progress(self.log, sum(sizes))
        stop_at = node.fault('storageFullAt')
        writer = Writer(output.write, job.bytes, configs, devices)
        for number, (_, _, path) in enumerate(self.disks, 1):
            with open(path, 'rb') as disk:
                for cluster in range(-(-sizes[number - 1] // CLUSTER)):
                    data = disk.read(CLUSTER)
                    length = len(data)
                    data += ZERO_CLUSTER[length:]
                    progress.add(length, writer.cluster(number, cluster, data))
                    if stop_at is not None and progress.done >= stop_at * progress.total:
                        raise NoSpace(output.words())
                    output.wait_for_pace(progress.done, progress.total)
                    progress.say()
        writer.flush()
        output.close()
        if self.disks:
            progress.end()


class Progress:
    """$query_backup_status_loop: a line when more than two seconds went by since the last, and one at the end."""

    def __init__(self, log, total):
        self.log, self.total = log, total
        self.done = self.zero = 0
        self.started = self.last_time = time.time()
        self.last_done = self.last_zero = 0
        self.last_percent = -1
        self.every = node.settings().get('progressSeconds', 3)
        self.old = node.fault('oldProgress')

    def add(self, length, zero):
        self.done += length
        self.zero += min(zero, length)

    def say(self):
        percent = self.done * 100 // self.total
        if percent != self.last_percent and percent < 100 and time.time() - self.last_time >= self.every:
            self.line(percent)

    def line(self, percent):
        now = time.time()
        seconds = max(1, int(now - self.last_time))
        read, zero = self.done - self.last_done, self.zero - self.last_zero
        if self.old:
            # qemu-server before 6.2-20 (2020-11), VZDump/QemuServer.pm.
            megabytes = f'{int(read / seconds / 1e6)}/{int((read - zero) / seconds / 1e6)}'
            share = self.zero * 100 // self.total
            self.log.info(
                f'status: {percent}% ({self.done}/{self.total}), sparse {share}% ({self.zero}), '
                f'duration {int(now - self.started)}, read/write {megabytes} MB/s'
            )
        else:
            self.log.info(
                f'{percent:3d}% ({render_bytes(self.done, 1)} of {render_bytes(self.total, 1)}) in '
                f'{render_duration(now - self.started)}, read: {rate(read, seconds)}, write: {rate(read - zero, seconds)}'
            )
        self.last_percent, self.last_time = percent, now
        self.last_done, self.last_zero = self.done, self.zero

    def end(self):
        if self.last_percent < 100:
            self.line(100)
        seconds = int(time.time() - self.started)
        if self.old:
            speed = int(self.done / max(1, seconds) / 1e6)
            self.log.info(f'transferred {self.done // 2**20} MB in {seconds} seconds ({speed} MB/s)')
            return
        if self.zero:
            self.log.info(f'backup is sparse: {render_bytes(self.zero)} ({self.zero * 100 // self.total}%) total zero data')
        if seconds:
            self.log.info(f'transferred {render_bytes(self.done)} in {seconds} seconds ({rate(self.done, seconds)})')
        else:
            self.log.info(f'transferred {render_bytes(self.done)} in <1 seconds')


def rate(count, seconds):
    return '0 B/s' if count <= 0 else f'{render_bytes(int(count / seconds), 1)}/s'
