"""
The VMA archive, byte for byte: pve-qemu vma_spec.txt and debian/patches/pve/0026-PVE-Backup-add-vma-backup-format-code.patch
(vma.h, vma-reader.c, vma-writer.c). MD5 covers the header and each extent's header; the data has no checksum of its own.
"""
import hashlib
import struct
import time

BLOCK = 4096
CLUSTER = 16 * BLOCK
EXTENT_HEADER = 512
PER_EXTENT = 59
HEADER = 12288
MAGIC = b'VMA\0'
EXTENT_MAGIC = b'VMAE'
ZERO_BLOCK = bytes(BLOCK)
ZERO_CLUSTER = bytes(CLUSTER)


class Damaged(Exception):
    """What vma's reader says of an archive."""


class Writer:
    """`emit` takes the archive's bytes in order. Devices are numbered from 1, in the order given."""

    def __init__(self, emit, uuid, configs, devices):
        self.emit, self.uuid = emit, uuid
        self.infos, self.blocks = [], []
        self.sizes = {number: size for number, (_, size) in enumerate(devices, 1)}
        self.emit(header(uuid, configs, devices))

    def cluster(self, device, number, data):
        """One cluster, filled up with zeros at a disk's end; answers how many of its bytes were in zero blocks."""
        mask, zero = 0, 0
        if data == ZERO_CLUSTER:
            zero = CLUSTER
        else:
            for index in range(16):
                block = data[index * BLOCK : (index + 1) * BLOCK]
                if block == ZERO_BLOCK:
                    zero += BLOCK
                else:
                    mask |= 1 << index
                    self.blocks.append(block)
        self.infos.append(mask << 48 | device << 32 | number)
        # vma_writer_get_buffer flushes one short of what an extent could hold.
        if len(self.infos) >= PER_EXTENT - 1:
            self.flush()
        return zero

    def flush(self):
        if not self.infos:
            return
        self.infos += [0] * (PER_EXTENT - len(self.infos))
        emit_header = bytearray(struct.pack('>4sHH16s16s', EXTENT_MAGIC, 0, len(self.blocks), self.uuid, b''))
        emit_header += struct.pack(f'>{PER_EXTENT}Q', *self.infos)
        emit_header[24:40] = hashlib.md5(emit_header).digest()
        self.emit(bytes(emit_header) + b''.join(self.blocks))
        self.infos, self.blocks = [], []


def header(uuid, configs, devices):
    """The blob buffer begins with one byte that nothing points at; each blob has its length in two bytes, little-endian."""
    blobs = bytearray(1)
    size = 1

    def blob(data):
        nonlocal size
        at = len(blobs)
        if size < at + len(data) + 2:
            size += (len(data) + 2 + 511) // 512 * 512
        blobs.extend(struct.pack('<H', len(data)) + data)
        return at

    names, datas = [0] * 256, [0] * 256
    for index, (name, data) in enumerate(configs):
        names[index] = blob(name.encode() + b'\0')
        datas[index] = blob(data)
    infos = [(0, 0)] * 256
    for number, (name, length) in enumerate(devices, 1):
        infos[number] = (blob(name.encode() + b'\0'), length)
    out = bytearray(HEADER)
    struct.pack_into('>4sI16sq', out, 0, MAGIC, 1, uuid, int(time.time()))
    struct.pack_into('>III', out, 48, HEADER, len(blobs), HEADER + size)
    struct.pack_into('>256I', out, 2044, *names)
    struct.pack_into('>256I', out, 3068, *datas)
    for number, (at, length) in enumerate(infos):
        struct.pack_into('>IIQQQ', out, 4096 + 32 * number, at, 0, length, 0, 0)
    out += blobs + bytes(size - len(blobs))
    out[32:48] = hashlib.md5(out).digest()
    return bytes(out)


def read_fully(stream, length):
    parts, left = [], length
    while left:
        part = stream.read(left)
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b''.join(parts)


class Reader:
    """Reads the header when it is made: `configs` [(name, bytes)], `devices` {number: (name, size)}, `ctime`."""

    def __init__(self, stream):
        self.stream = stream
        head = read_fully(stream, HEADER)
        if len(head) != HEADER:
            raise Damaged("can't read vma header - got EOF")
        if head[:4] != MAGIC:
            raise Damaged('not a vma file - wrong magic number')
        offset, blob_size, size = struct.unpack_from('>III', head, 48)
        if size <= HEADER or size > 2**31:
            raise Damaged(f'wrong vma header size {size}')
        rest = read_fully(stream, size - HEADER)
        if len(rest) != size - HEADER:
            raise Damaged("can't read vma header data - got EOF")
        head = bytearray(head + rest)
        md5 = bytes(head[32:48])
        head[32:48] = bytes(16)
        if hashlib.md5(head).digest() != md5:
            raise Damaged('wrong vma header chechsum')
        version, self.uuid, self.ctime = struct.unpack_from('>I16sq', head, 4)
        if version != 1:
            raise Damaged(f'wrong vma version {version}')
        if offset < HEADER or offset + blob_size > size:
            raise Damaged(f'wrong vma blob buffer size {offset}/{blob_size}')

        def blob(at):
            length = struct.unpack_from('<H', head, offset + at)[0]
            return bytes(head[offset + at + 2 : offset + at + 2 + length])

        names = struct.unpack_from('>256I', head, 2044)
        datas = struct.unpack_from('>256I', head, 3068)
        self.configs = [(blob(n)[:-1].decode(), blob(d)) for n, d in zip(names, datas) if n and d]
        self.devices = {}
        for number in range(1, 255):
            at, _, length = struct.unpack_from('>IIQ', head, 4096 + 32 * number)
            if at and length:
                self.devices[number] = (blob(at)[:-1].decode(), length)

    def restore(self, write, progress=None):
        """
        Every extent to the end: `write(device, offset, bytes)` for what is not zero, or nothing when only verifying.
        Answers bytes of clusters read, zero bytes, and zero bytes of clusters that were not all zero.
        """
        seen = {number: set() for number in self.devices}
        read = zero = partial = 0
        while True:
            head = read_fully(self.stream, EXTENT_HEADER)
            if not head:
                break
            if len(head) < EXTENT_HEADER:
                raise Damaged(f'read short extent ({len(head)} bytes)')
            md5 = head[24:40]
            if hashlib.md5(head[:24] + bytes(16) + head[40:]).digest() != md5:
                raise Damaged('wrong vma extent header chechsum')
            magic, reserved, count, uuid = struct.unpack_from('>4sHH16s', head)
            if uuid != self.uuid:
                raise Damaged('wrong vma extent uuid')
            if magic != EXTENT_MAGIC or reserved:
                raise Damaged('wrong vma extent header magic')
            data = read_fully(self.stream, count * BLOCK)
            if len(data) < count * BLOCK:
                raise Damaged(f'short vma extent ({EXTENT_HEADER + len(data)} < {EXTENT_HEADER + count * BLOCK})')
            at = 0
            for info in struct.unpack_from(f'>{PER_EXTENT}Q', head, 40):
                device, number, mask = info >> 32 & 0xFF, info & 0xFFFFFFFF, info >> 48
                if not device:
                    continue
                if device not in self.devices:
                    raise Damaged(f'got wrong dev id {device}')
                seen[device].add(number)
                read += CLUSTER
                size = self.devices[device][1]
                for index in range(16):
                    offset = number * CLUSTER + index * BLOCK
                    length = min(BLOCK, size - offset)
                    if mask >> index & 1:
                        if at + BLOCK > len(data):
                            raise Damaged('short vma extent - too many blocks')
                        if length <= 0:
                            raise Damaged('got wrong block address - write beyond end')
                        if write:
                            write(device, offset, data[at : at + length])
                        at += BLOCK
                    elif length > 0:
                        zero += length
                        partial += length if mask else 0
                if progress:
                    progress(read)
            if at != len(data):
                raise Damaged('vma extent error - missing blocks')
        for number, (name, size) in self.devices.items():
            for cluster in range(-(-size // CLUSTER)):
                if cluster not in seen[number]:
                    raise Damaged(f'detected missing cluster {cluster} for stream {name}')
        return read, zero, partial
