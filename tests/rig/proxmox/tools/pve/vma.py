"""vma list | config | extract | verify (pve-qemu, vma.c of the same patch). `create` is vzdump's part."""
import getopt
import os
import sys
import time

from .vma_format import CLUSTER, Damaged, Reader

HELP = """usage: vma command [command options]

vma list <filename>
vma config <filename> [-c <config>]
vma create <filename> [-c <config>] [-d format=<format>:<device name>=<path> [-d ...]]
vma extract <filename> [-d <drive-list>] [-r <fifo>] <targetdir>
vma verify <filename> [-v]
"""


def main(words):
    commands = {'list': ('h', 1), 'config': ('hc:', 1), 'extract': ('hvd:r:', 2), 'verify': ('hv', 1)}
    if not words or words[0] not in commands:
        return usage()
    letters, count = commands[words[0]]
    try:
        options, rest = getopt.gnu_getopt(words[1:], letters)
    except getopt.GetoptError:
        return usage()
    options = dict(options)
    if len(rest) != count or '-h' in options:
        return usage()
    try:
        reader = Reader(open_archive(rest[0]))
    except Damaged as damage:
        fatal(str(damage))
    if words[0] == 'list':
        print_content(reader)
    elif words[0] == 'config':
        return config(reader, options.get('-c', 'qemu-server.conf'))
    elif words[0] == 'extract':
        extract(reader, rest[1], options)
    else:
        verify(reader, '-v' in options)
    return 0


def usage():
    sys.stdout.write(HELP)
    return 1


def fatal(words):
    """GLib's g_error prints so and aborts: a shell sees 133 or 134, by how GLib was built."""
    sys.stdout.flush()
    print(f'** (process:{os.getpid()}): ERROR: {time.strftime("%H:%M:%S")}.000: {words}', file=sys.stderr)
    raise SystemExit(133)


def open_archive(name):
    if name == '-':
        return sys.stdin.buffer
    try:
        return open(name, 'rb')
    except OSError as error:
        raise Damaged(f"can't open file {name} - {error.strerror}\n") from error


def print_content(reader):
    for name, data in reader.configs:
        print(f'CFG: size: {len(data)} name: {name}')
    for number, (name, size) in reader.devices.items():
        print(f'DEV: dev_id={number} size: {size} devname: {name}')
    print(f'CTIME: {time.ctime(reader.ctime)}')
    sys.stdout.flush()


def config(reader, wanted):
    for name, data in reader.configs:
        if name == wanted:
            sys.stdout.buffer.write(data)
            return 0
    print(f"unable to find configuration data '{wanted}'", file=sys.stderr)
    return 255


def extract(reader, folder, options):
    """Into a folder that must not be there: each config, and disk-DEVNAME.raw. `-r` is qmrestore's part."""
    verbose = '-v' in options
    try:
        os.mkdir(folder, 0o777)
    except OSError as error:
        fatal(f"unable to create target directory {folder} - {error.strerror}")
    for name, data in reader.configs:
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(data)
    wanted = options['-d'].split(',') if '-d' in options else None
    files, names = {}, {}
    if verbose:
        print_content(reader)
    for number, (name, size) in reader.devices.items():
        if wanted is not None and name not in wanted:
            continue
        names[number] = os.path.join(folder, f'tmp-disk-{name}.raw')
        print(f'DEVINFO {names[number]} {size}')
        files[number] = open(names[number], 'w+b')
        files[number].truncate(size)
    restore(reader, lambda device: files.get(device), verbose)
    for number, file in files.items():
        file.close()
        os.rename(names[number], os.path.join(folder, f'disk-{reader.devices[number][0]}.raw'))


def restore(reader, file_of, verbose):
    def write(device, offset, data):
        file = file_of(device)
        if file is not None:
            file.seek(offset)
            file.write(data)

    try:
        totals = reader.restore(write, progress_of(reader) if verbose else None)
    except Damaged as damage:
        fatal(f'restore failed - {damage}')
    except OSError as error:
        fatal(f'restore failed - blk_pwrite to  failed ({-error.errno})')
    if verbose:
        print_totals(*totals)


def verify(reader, verbose):
    if verbose:
        print_content(reader)
    try:
        totals = reader.restore(None, progress_of(reader) if verbose else None)
    except Damaged as damage:
        fatal(f'verify failed - {damage}')
    if verbose:
        print_totals(*totals)


def progress_of(reader):
    total = sum(size // CLUSTER for _, size in reader.devices.values()) or 1
    started, last = time.time(), -1

    def progress(read):
        nonlocal last
        percent = read // CLUSTER * 100 // total
        if percent != last:
            print(f'progress {percent}% (read {read} bytes, duration {int(time.time() - started)} sec)', flush=True)
            last = percent

    return progress


def print_totals(read, zero, partial):
    if not read:
        print('vma archive contains no image data')
        return
    print(f'total bytes read {read}, sparse bytes {zero} ({100.0 * zero / read:.3g}%)')
    if read - zero:
        print(f'space reduction due to 4K zero blocks {100.0 * partial / (read - zero):.3g}%')
