"""
Workers and their logs: PVE::RESTEnvironment::fork_worker as the command line uses it (pve-common
src/PVE/RESTEnvironment.pm), PVE::UPID and the folders of /var/log/pve/tasks.
"""
import ctypes
import json
import os
import select
import signal
import sys
import time

from . import node

_PASSED_ON = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Interrupted(Exception):
    """A signal, where Perl's handler dies with `interrupted by signal`."""

    def __init__(self):
        super().__init__('interrupted by signal')


class TaskFailed(Exception):
    """Ends a task with TASK ERROR."""


def start_of(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
        return int(file.read().rpartition(') ')[2].split()[19])


def upid(pid, kind, of):
    return f'UPID:{node.name()}:{pid:08X}:{start_of(pid):08X}:{int(time.time()):08X}:{kind}:{of}:root@pam:'


def run(kind, of, work):
    """
    Does `work()`, which answers a number of warnings or nothing, in a worker with a session of its own; what it prints
    goes to stdout and to the task's log. A signal to this process goes to the worker's group, as the real one passes it
    on. Answers 0 or 255.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    # One that comes before there is somebody to hear it waits for that: here it would end this process alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    child = os.fork()
    if child == 0:
        os.close(reading)
        _call_itself(f'task {upid(os.getpid(), kind, of)}')
        _worker(writing, work)
    os.close(writing)
    name = upid(child, kind, of)
    # PVE::UPID::open_log: a folder by the last digit of the start time.
    folder = os.path.join(node.TASKS, name.split(':')[4][-1])
    os.makedirs(folder, exist_ok=True)
    log = open(os.path.join(folder, name), 'wb', buffering=0)
    count = 0

    def pass_on(*_):
        nonlocal count
        count += 1
        number = signal.SIGTERM if count <= 3 else signal.SIGKILL
        # Until it has a group of its own the worker is all there is.
        for kill in (os.killpg, os.kill):
            try:
                return kill(child, number)
            except ProcessLookupError:
                pass

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    tail = b''
    while True:
        ready, _, _ = select.select([reading], [], [], 1)
        if not ready:
            continue
        data = os.read(reading, 4096)
        if not data:
            break
        log.write(data)
        os.write(1, data)
        tail = (tail + data)[-4096:]
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = node.read_json(f'/run/pve-rig-task-{child}', None)
    if said is not None:
        os.unlink(f'/run/pve-rig-task-{child}')
    if status == 0 and said:
        ended = f'WARNINGS: {said}'
        log.write(f'\nTASK {ended}\n'.encode())
        print(f'Task finished with {said} warning(s)!', file=sys.stderr)
    elif status == 0:
        log.write(b'TASK OK\n')
        ended = 'OK'
    else:
        # Without a last word of the worker: tee_worker of the same file.
        ended = said or 'got unexpected control message: '
        log.write(f'\nTASK ERROR: {ended}\n'.encode())
        print(ended, file=sys.stderr)
    with open(os.path.join(node.TASKS, 'index'), 'a', encoding='utf-8') as index:
        index.write(f'{name} {int(time.time()):08X} {ended}\n')
    return 0 if status == 0 else 255


def _call_itself(name):
    """
    Over the arguments that it was started with, and as far as it needs over what lies behind them, as Perl does when a
    worker sets its $0; see proc_pid_cmdline(5) and the fields 48 to 51 of proc_pid_stat(5).
    """
    with open('/proc/self/stat', encoding='utf-8') as file:
        start, end, _, after = (int(field) for field in file.read().rpartition(') ')[2].split()[45:49])
    whole = name.encode().ljust(end - start, b'\0') + b'\0'
    if len(whole) > after - start:
        raise ValueError('not enough room for the name of a task')
    ctypes.memmove(start, whole, len(whole))


def _worker(writing, work):
    code = 0
    try:
        os.setsid()
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(writing)
        null = os.open('/dev/null', os.O_RDONLY)
        os.dup2(null, 0)
        sys.stdout = os.fdopen(1, 'w', buffering=1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, _interrupted)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        warnings = work()
        if warnings:
            node.write_whole(f'/run/pve-rig-task-{os.getpid()}', json.dumps(warnings))
    except Exception as error:  # pylint: disable=broad-except
        code = 255
        words = ' '.join(str(error).rstrip('\n').split('\n'))
        node.write_whole(f'/run/pve-rig-task-{os.getpid()}', json.dumps(words))
        if os.environ.get('PVE_RIG_TRACE'):
            raise
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            pass
        os._exit(code)


def _interrupted(*_):
    # Once is enough: cleaning up is not to be interrupted by the same signal to the group.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted
