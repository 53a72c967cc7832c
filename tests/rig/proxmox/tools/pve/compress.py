"""The compressor behind an archive, and the pace and the space of what it is written to."""
import os
import signal
import subprocess
import time

from . import node, storage

EXTENSIONS = {'0': '', '1': '.lzo', 'lzo': '.lzo', 'gzip': '.gz', 'zstd': '.zst'}
COMMANDS = {
    # PVE::VZDump::compressor_info.
    '1': ['lzop'],
    'lzo': ['lzop'],
    'gzip': ['gzip', '--rsyncable'],
    'zstd': ['zstd', '--threads=1'],
}


class NoSpace(Exception):
    """The storage is full; `words` is what the compressor said of it, if there was one."""

    def __init__(self, words):
        super().__init__(words)
        self.words = words


def wait(paces, started, done):
    for pace in paces:
        ahead = done / pace - (time.time() - started)
        if ahead > 0:
            time.sleep(ahead)


def meet(done, total):
    """What a test wants at a share of the work: to wait until a file is gone, or to be killed as by the OOM killer."""
    settings = node.settings()
    if settings.get('holdAt') is not None and done >= settings['holdAt'] * total:
        node.wait_while_held()
    if node.fault('diesAt') is not None and done >= node.fault('diesAt') * total:
        os.kill(os.getpid(), signal.SIGKILL)


class Output:
    """Bytes go in uncompressed; the file gets them compressed, no faster than it may, and no more than there is room for."""

    def __init__(self, path, options):
        self.path, self.kind = path, options.get('compress', '0')
        self.file = open(path, 'wb')
        self.child = None
        limit = int(options.get('bwlimit', '0')) * 1024
        self.paces = [pace for pace in (limit, node.settings().get('bytesPerSecond')) if pace]
        self.started, self.written = time.time(), 0
        self.store = options.get('storage')
        self.room = self._room()
        if self.kind in COMMANDS:
            self.child = subprocess.Popen(COMMANDS[self.kind], stdin=subprocess.PIPE, stdout=self.file)

    def _room(self):
        if not self.store:
            return None
        return storage.usage(self.store, storage.get(self.store))[2]

    def write(self, data):
        if self.room is not None and os.stat(self.path).st_size > self.room:
            raise NoSpace(self.words())
        try:
            (self.child.stdin if self.child else self.file).write(data)
        except (BrokenPipeError, OSError) as error:
            raise NoSpace(self.words()) from error
        self.written += len(data)

    def wait_for_pace(self, done, total):
        """`done` of `total` bytes of the guest were read so far."""
        wait(self.paces, self.started, done)
        meet(done, total)

    def words(self):
        """zstd 1.5.4, fileio.c; gzip 1.12; lzop 1.04."""
        return {
            'zstd': 'zstd: error 70 : Write error : cannot write block : No space left on device ',
            'gzip': 'gzip: stdout: No space left on device',
            'lzo': 'lzop: No space left on device: <stdout>',
        }.get(self.kind)

    def close(self):
        if self.child:
            try:
                self.child.stdin.close()
            except BrokenPipeError:
                pass
            code = self.child.wait()
            if code:
                raise NoSpace(self.words())
        if self.room is not None and os.stat(self.path).st_size > self.room:
            raise NoSpace(self.words())
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()

    def abort(self):
        if self.child:
            self.child.kill()
            self.child.wait()
        self.file.close()
