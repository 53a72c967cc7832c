"""vzdump's lines: to the task, and to the guest's own log file (pve-guest-common src/PVE/VZDump/Plugin.pm, debugmsg)."""
import os
import sys
import time


def _print(line):
    try:
        sys.stdout.write(f'{line}\n')
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads it any more: the signal that came with it ends the run, and cleaning up is to go on.
        sys.stdout = open(os.devnull, 'w', encoding='utf-8')


class Log:
    def __init__(self):
        self.lines = None
        self.file = None
        self.warnings = 0

    def open(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.lines = []
        self.file = open(path, 'w', encoding='utf-8')

    def info(self, words):
        self._say('INFO', words)

    def warn(self, words):
        self.warnings += 1
        self._say('WARN', words)

    def error(self, words):
        self._say('ERROR', words)

    def plain(self, words):
        """What a program below vzdump wrote to its stderr itself."""
        _print(words)

    def _say(self, level, words):
        words = str(words).rstrip('\n')
        _print(f'{level}: {words}')
        if self.file:
            line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {level}: {words}\n"
            self.lines.append(line)
            self.file.write(line)
            self.file.flush()

    def close(self):
        """The guest's own log so far."""
        text = ''.join(self.lines or [])
        if self.file:
            self.file.close()
        self.file = self.lines = None
        return text
