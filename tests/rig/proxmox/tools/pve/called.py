"""From a program's name to what it does, after the delay and the warnings that a test asked for."""
import importlib
import os
import signal
import sys
import time

from . import node

PROGRAMS = {
    'ha-manager': 'ha_manager',
    'pct': 'pct',
    'pvesh': 'pvesh',
    'pvesm': 'pvesm',
    'pveversion': 'pveversion',
    'qm': 'qm',
    'qmrestore': 'restore',
    'vma': 'vma',
    'vzdump': 'vzdump',
}


class Refused(Exception):
    """What the real program dies with: its words go to stderr, and it exits with 255 as Perl's `exit(-1)` does."""

    def __init__(self, words, code=255):
        super().__init__(words)
        self.code = code


def main(program, words):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Node's own way to hide a program from a test that looks for it.
    delay = node.settings().get('delays', {}).get(program, 0)
    # A program that takes longer works longer, and does not wait at its end: what it prints comes after.
    if delay:
        time.sleep(delay)
    if words and node.settings().get('heldCommand') == f'{program} {words[0]}':
        node.wait_while_held()
    warn(program)
    module = importlib.import_module('.' + PROGRAMS[program], 'pve')
    try:
        code = module.main(words)
        sys.stdout.flush()
    except Refused as refusal:
        sys.stdout.flush()
        print(refusal, file=sys.stderr)
        code = refusal.code
    except BrokenPipeError:
        os._exit(141)
    sys.exit(code or 0)


def warn(program):
    """As PVE::IPCC prints them when pve-cluster was restarted (pve-cluster, src/PVE/IPCC.xs); to stderr, unless told."""
    where = node.fault('ipccWarnings')
    if not where or program in ('vma', 'pveversion'):
        return
    stream = sys.stdout if where == 'stdout' else sys.stderr
    for number in (1, 2, 3):
        print(f'ipcc_send_rec[{number}] failed: Connection refused', file=stream)
    stream.flush()
