"""Proxmox's ways to print numbers."""
import math


def render_bytes(value, precision=2):
    """PVE::Format::render_bytes (pve-common src/PVE/Format.pm:66)."""
    units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
    unit = 0
    if value > 1023:
        unit = int(math.log(value) / math.log(1024))
        value /= 1024**unit
    return f'{value:.{precision}f} {units[unit]}'


def render_duration(seconds):
    """PVE::Format::render_duration (pve-common src/PVE/Format.pm:31)."""
    rest = round(seconds)
    if not rest:
        return '0s'
    parts = []
    for unit, length in (('w', 604800), ('d', 86400), ('h', 3600), ('m', 60), ('s', 1)):
        if rest // length:
            parts.append(f'{rest // length}{unit}')
            rest %= length
    return ' '.join(parts)


def config_size(size):
    """PVE::JSONSchema::format_size (pve-common src/PVE/JSONSchema.pm:1041): whole units only."""
    for unit in ('', 'K', 'M', 'G'):
        if size % 1024:
            return f'{size}{unit}'
        size //= 1024
    return f'{size}T'


def parse_size(text):
    """PVE::JSONSchema::parse_size."""
    units = {'K': 1024, 'M': 1024**2, 'G': 1024**3, 'T': 1024**4}
    return int(float(text[:-1]) * units[text[-1]]) if text[-1] in units else int(text)


def archive_size(size):
    """PVE::VZDump::format_size (pve-manager PVE/VZDump.pm:225)."""
    kibi = size / 1024
    if kibi < 1024:
        return f'{int(kibi)}KB'
    if kibi < 1024**2:
        return f'{int(kibi / 1024)}MB'
    return f'{kibi / 1024**2:.2f}GB' if kibi < 1024**3 else f'{kibi / 1024**3:.2f}TB'


def clock_time(seconds):
    """PVE::VZDump::format_time (pve-manager PVE/VZDump.pm:246)."""
    seconds = int(seconds)
    return f'{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}'
