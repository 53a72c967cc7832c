"""What a prune keeps (pve-storage src/PVE/Storage.pm, prune_mark_backup_group; src/PVE/Storage/Plugin.pm, prune_backups)."""
import time

from . import storage

# In this order; an id that an earlier option kept is not counted again.
OPTIONS = [
    ('keep-last', lambda moment: str(moment)),
    ('keep-hourly', lambda moment: time.strftime('%H/%d/%m/%Y', time.localtime(moment))),
    ('keep-daily', lambda moment: time.strftime('%d/%m/%Y', time.localtime(moment))),
    ('keep-weekly', lambda moment: time.strftime('%V/%G', time.localtime(moment))),
    ('keep-monthly', lambda moment: time.strftime('%m/%Y', time.localtime(moment))),
    ('keep-yearly', lambda moment: time.strftime('%Y', time.localtime(moment))),
]


def parse(text):
    """`keep-last=3,keep-daily=7` → {'keep-last': 3, …}."""
    return {key: int(value) for key, value in (part.split('=') for part in text.split(',') if part)}


def mark(backups, keep):
    """Adds `mark` (keep, remove, protected, renamed) and `type` to each of a storage's backups."""
    groups, entries = {}, []
    for backup in backups:
        info = storage.archive_info(backup['volid'])
        entry = {'ctime': backup['ctime'], 'type': info['type'], 'volid': backup['volid']}
        if 'vmid' in backup:
            entry['vmid'] = backup['vmid']
        if info['standard']:
            entry['ctime'] = info['ctime']
            groups.setdefault((info['type'], info['vmid']), []).append(entry)
        else:
            entry['mark'] = 'renamed'
        if backup.get('protected'):
            entry['mark'] = 'protected'
        entries.append(entry)
    for group in groups.values():
        mark_group(group, keep)
    return entries


def mark_group(group, keep):
    if keep.get('keep-all') or not any(keep.values()):
        for entry in group:
            entry.setdefault('mark', 'keep')
        return
    newest = sorted(group, key=lambda entry: -entry['ctime'])
    for option, id_of in OPTIONS:
        count = keep.get(option, 0)
        if not count:
            continue
        already = {id_of(entry['ctime']) for entry in newest if entry.get('mark') == 'keep'}
        kept = set()
        for entry in newest:
            if 'mark' in entry:
                continue
            name = id_of(entry['ctime'])
            if name in already:
                continue
            if name not in kept:
                if len(kept) >= count:
                    break
                kept.add(name)
                entry['mark'] = 'keep'
            else:
                entry['mark'] = 'remove'
    for entry in newest:
        entry.setdefault('mark', 'remove')
