"""A container's part of vzdump (pve-container src/PVE/VZDump/LXC.pm, commit 94f55852); roots are folders here."""
import os
import re
import shlex
import subprocess
import time

from . import node, storage
from .called import Refused
from .compress import COMMANDS, NoSpace, Output
from .task import Interrupted, TaskFailed


class Part:
    def __init__(self, log, options, guest, running, folder):
        self.log, self.options, self.guest, self.running, self.folder = log, options, guest, running, folder
        self.mode = options['mode']
        self.roots, self.config, self.stopped = [], {}, None

    def prepare(self, mode):
        config = self.config = self.guest.config()
        self.roots = []
        if 'hostname' in config:
            self.log.info(f"CT Name: {config['hostname']}")
        for key, volume, options in self.guest.drives(config):
            mount = '/' if key == 'rootfs' else options.get('mp')
            if not mount or key.startswith('unused'):
                continue
            if key != 'rootfs' and options.get('backup') != '1':
                self.log.info(f"excluding volume mount point {key} ('{mount}') from backup (disabled)")
                continue
            self.log.info(f"including mount point {key} ('{mount}') in backup")
            self.roots.append((mount, storage.path_of(volume)))
        if mode == 'snapshot' and any(cfg['type'] == 'dir' for cfg in self.storages()):
            raise Refused('mode failure - some volumes do not support snapshots')
        if mode == 'snapshot' and self.has_snapshot():
            # What a run left that was killed.
            self.log.info('found old vzdump snapshot (force removal)')
            self.forget_snapshot()

    def storages(self):
        return [storage.get(storage.parse(volume)[0]) for key, volume, _ in self.guest.drives(self.config)]

    def snapshot(self):
        self.log.info("create storage snapshot 'vzdump'")
        text = self.guest.text()
        current = [line for line in text.partition('\n[')[0].splitlines() if line and not line.startswith('lock:')]
        section = ['[vzdump]', '#vzdump backup snapshot', *current, f'snaptime: {int(time.time())}']
        self.guest.write(text.rstrip('\n') + '\n\n' + '\n'.join(section) + '\n')

    def has_snapshot(self):
        return '\n[vzdump]\n' in self.guest.text()

    def forget_snapshot(self):
        self.guest.write(re.sub(r'\n*\n\[vzdump\]\n[^\[]*', '\n', self.guest.text()))

    def sync(self, which):
        count = sum(storage.size_of(path) for _, path in self.roots)
        self.log.info(f'starting {which} sync {self.roots[0][1]}/. to {self.folder}')
        self.log.info(f'{which} sync finished - transferred {count:,} bytes in 0s')

    def assemble(self):
        """The current part of the configuration, without lock and parent, and an empty firewall file."""
        lines = []
        for line in self.guest.text().splitlines():
            if line.startswith('['):
                break
            if not line.startswith(('lock:', 'parent:')):
                lines.append(line)
        inner = os.path.join(self.folder, 'etc/vzdump')
        os.makedirs(inner)
        with open(os.path.join(inner, 'pct.conf'), 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        with open(os.path.join(inner, 'pct.fw'), 'w', encoding='utf-8'):
            pass

    def archive(self, path):
        """GNU tar itself makes the archive; this stands between it and the compressor, to count and to slow."""
        root = self.roots[0][1]
        command = ['tar', 'cpf', '-', '--totals', '--one-file-system', '-p', '--sparse', '--numeric-owner', '--acls']
        command += ['--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability']
        command += ['--warning=no-file-ignored', '--warning=no-xattr-write', f'--directory={self.folder}']
        command += ['./etc/vzdump/pct.conf', './etc/vzdump/pct.fw', f'--directory={root}', '--no-anchored']
        command += ['--anchored', './']
        shown = ' '.join(shlex.quote(word) for word in command)
        compressor = ' '.join(COMMANDS.get(self.options.get('compress', '0'), []))
        shown += f' | {compressor} >{path}' if compressor else f' >{path}'
        output = Output(path, self.options)
        tar = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={'PATH': os.environ['PATH'], 'LC_ALL': 'C'}
        )
        try:
            self.copy(tar, output, storage.size_of(root))
        except NoSpace as full:
            tar.kill()
            tar.wait()
            output.abort()
            if full.words:
                self.log.info(full.words)
            raise TaskFailed(f"command 'set -o pipefail && {shown}' failed: exit code 70\n") from full
        except Interrupted:
            tar.kill()
            tar.wait()
            output.abort()
            raise
        finally:
            if self.mode == 'snapshot':
                self.log.info("cleanup temporary 'vzdump' snapshot")
                self.forget_snapshot()

    def copy(self, tar, output, total):
        stop_at = node.fault('storageFullAt')
        done = 0
        while data := tar.stdout.read(65536):
            done += len(data)
            if stop_at is not None and done >= stop_at * max(total, 1):
                raise NoSpace(output.words())
            output.write(data)
            output.wait_for_pace(done, max(total, 1))
        said = tar.stderr.read().decode()
        code = tar.wait()
        for line in said.splitlines():
            self.log.info(line)
        if code:
            raise TaskFailed(f"command 'tar' failed: exit code {code}\n")
        output.close()
