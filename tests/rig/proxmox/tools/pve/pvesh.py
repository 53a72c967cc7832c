"""pvesh get | set | create | delete | ls (pve-manager PVE/CLI/pvesh.pm): the paths that Sifaka asks for."""
import json
import re
import sys
import urllib.parse

from . import api, guest_commands
from .called import Refused

METHODS = {'get': 'GET', 'set': 'PUT', 'create': 'POST', 'delete': 'DELETE', 'ls': 'LS'}


def main(words):
    if len(words) < 2 or words[0] not in METHODS:
        print('ERROR: no command specified' if not words else f"ERROR: unknown command 'pvesh {words[0]}'", file=sys.stderr)
        return 255
    command, path = words[0], words[1]
    options, _ = guest_commands.options_of(words[2:])
    form = options.pop('output-format', 'text')
    for standard in ('human-readable', 'noborder', 'noheader', 'quiet'):
        options.pop(standard, None)
    # A volume id in the path may be percent-encoded or not.
    parts = [urllib.parse.unquote(part) for part in path.strip('/').split('/')]
    found = answer(METHODS[command], parts, options)
    if found is NOTHING:
        raise Refused(f"no '{command}' handler for '{path}'")
    show(found, form)
    return 0


NOTHING = object()


def answer(method, parts, options):
    for verb, pattern, handler in api.ROUTES:
        if verb != method:
            continue
        match = re.fullmatch(pattern, '/'.join(parts))
        if match:
            return handler(options, *match.groups())
    return NOTHING


def show(data, form):
    """PVE::CLIFormatter::print_api_result: canonical JSON on one line; the table of `text` is not for programs."""
    if form in ('json', 'json-pretty'):
        shape = {'indent': 3, 'separators': (',', ' : ')} if form == 'json-pretty' else {'separators': (',', ':')}
        sys.stdout.write(json.dumps(data, ensure_ascii=False, sort_keys=True, **shape) + '\n')
    elif data is not None:
        for row in data if isinstance(data, list) else [data]:
            print(' │ '.join(f'{key}: {value}' for key, value in sorted(row.items())) if isinstance(row, dict) else row)
