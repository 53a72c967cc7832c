"""vzdump: the job around the guests' own parts (pve-manager PVE/API2/VZDump.pm, PVE/VZDump.pm, commit 14a22df3)."""
import fcntl
import os
import re
import shlex
import shutil
import signal
import time

from . import guests, node, retention, storage, task
from .called import Refused
from .compress import EXTENSIONS
from .text import archive_size, clock_time
from .vzdump_log import Log

VALUES = {
    'mode', 'storage', 'compress', 'bwlimit', 'remove', 'prune-backups', 'notes-template', 'node', 'protected', 'dumpdir',
    'zstd', 'pigz', 'ionice', 'lockwait', 'stopwait', 'tmpdir', 'mailto', 'mailnotification', 'notification-mode', 'all',
    'exclude', 'exclude-path', 'pool', 'quiet', 'fleecing', 'performance', 'job-id', 'stop', 'script', 'maxfiles',
}  # fmt: skip
LOCK = '/run/vzdump.lock'


def main(words):
    options, vmids = parse(words)
    own = {guest.vmid: guest for guest in guests.own()}
    if options.get('all') == '1':
        wanted = list(own)
    else:
        # Guests of other nodes are left out without a word; those of no node fail visibly (PVE/API2/VZDump.pm:117).
        wanted = [vmid for vmid in vmids if vmid in own or guests.find(vmid) is None]
        if not wanted:
            return 0
    of = str(wanted[0]) if len(wanted) == 1 else ''
    return task.run('vzdump', of, lambda: run_job(words, options, sorted(wanted), own))


def parse(words):
    options, rest = {}, []
    words = list(words)
    while words:
        word = words.pop(0)
        if not word.startswith('-'):
            rest += [part for part in re.split(r'[,; ]', word) if part]
            continue
        name, equals, value = word.lstrip('-').partition('=')
        if name not in VALUES:
            raise Refused(f'Unknown option: {name}\n400 unable to parse option\n{USAGE}')
        if not equals:
            value = words.pop(0) if words and not words[0].startswith('-') else '1'
        options[name] = value
    bad = [word for word in rest if not re.fullmatch(r'[1-9]\d{2,8}', word)]
    if bad:
        wrong = 'vmid: invalid format - value does not look like a valid VM ID'
        raise Refused(f'400 Parameter verification failed.\n{wrong}\n{USAGE}')
    for name, allowed in (('mode', ('snapshot', 'suspend', 'stop')), ('compress', ('0', '1', 'gzip', 'lzo', 'zstd'))):
        if name in options and options[name] not in allowed:
            raise Refused(
                f"400 Parameter verification failed.\n{name}: value '{options[name]}' does not have a value in the "
                f"enumeration '{', '.join(allowed)}'\n{USAGE}"
            )
    if 'node' in options and options['node'] != node.name():
        # Only proxied through the API; on the command line it is an error of its own.
        raise Refused(f"400 Parameter verification failed.\nnode: option is only valid for node '{options['node']}'")
    return options, [int(word) for word in rest]


USAGE = 'vzdump {<vmid>} [OPTIONS]'


def run_job(words, options, vmids, own):
    # PVE::VZDump::new: what is wrong with the whole job is said before the first guest.
    options.setdefault('mode', 'snapshot')
    store = options.get('storage') or ('local' if 'dumpdir' not in options else None)
    options['storage'] = store
    if store:
        try:
            cfg = storage.check_active(store)
        except Refused as refusal:
            raise task.TaskFailed(f"could not activate storage '{store}': {refusal}\n") from refusal
        if 'backup' not in storage.contents(cfg):
            raise task.TaskFailed(
                f"could not get storage information for '{store}': can't use storage type '{cfg['type']}' for backup\n"
            )
        if cfg['type'] == 'pbs':
            raise task.TaskFailed('the stand-in makes no backup on a backup server\n')
        options['dumpdir'] = storage.subfolder(cfg, 'backup')
        os.makedirs(options['dumpdir'], exist_ok=True)
        options.setdefault('prune-backups', cfg.get('prune-backups', 'keep-all=1'))
    elif not os.path.isdir(options['dumpdir']):
        raise task.TaskFailed(f"dumpdir '{options['dumpdir']}' does not exist\n")
    keep = retention.parse(options.get('prune-backups', 'keep-all=1'))
    remove = options.get('remove', '1') == '1' and not keep.get('keep-all')
    log = Log()
    with take_lock(log):
        log.info('starting new backup job: vzdump ' + ' '.join(shlex.quote(word) for word in words))
        errors = 0
        interrupted = None
        for vmid in vmids:
            try:
                errors += 0 if back_up(log, options, keep, remove, vmid, own.get(vmid)) else 1
            except task.Interrupted as signal:
                interrupted = signal
                break
        if interrupted:
            log.error(f'Backup job failed - {interrupted}')
        elif errors:
            log.info('Backup job finished with errors')
        else:
            log.info('Backup job finished successfully')
        notify(log)
        if interrupted:
            raise interrupted
        if errors:
            raise task.TaskFailed('job errors\n')
        return log.warnings


def take_lock(log):
    """PVE::VZDump::getlock: one job a node; a second waits."""
    file = open(LOCK, 'a', encoding='utf-8')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info('trying to get global lock - waiting...')
        fcntl.flock(file, fcntl.LOCK_EX)
        log.info('got global lock')
    return file


def notify(log):
    """After the job, and never its failure (PVE/VZDump.pm, exec_backup; words of proxmox-notify and of public logs)."""
    fails = node.fault('notifyFails')
    target = fails if isinstance(fails, str) else 'mail-to-root'
    if fails:
        reason = f'could not notify via endpoint(s): {target}: no recipients provided for the mail, cannot send it.'
        log.error(f'could not notify via target `{target}`: {reason}')
    else:
        log.info(f'notified via target `{target}`')


def back_up(log, options, keep, remove, vmid, guest):
    """PVE::VZDump::exec_backup_task: one guest; False when it failed."""
    started = time.time()
    run = Run(log, options, vmid, guest)
    failure = None
    try:
        run.make()
        if remove:
            prune(log, options, keep, run)
    except (task.TaskFailed, task.Interrupted, Refused, OSError) as error:
        failure = error
    run.clean_up()
    if failure is None:
        log.info(f'Finished Backup of VM {vmid} ({clock_time(time.time() - started)})')
        log.info(f"Backup finished at {time.strftime('%Y-%m-%d %H:%M:%S')}")
    else:
        log.error(f'Backup of VM {vmid} failed - {failure}')
        log.info(f"Failed at {time.strftime('%Y-%m-%d %H:%M:%S')}")
    run.keep_log()
    if isinstance(failure, task.Interrupted):
        raise failure
    if failure is None and node.fault('archiveVanishes'):
        # As when a NAS loses what it acknowledged: success was said, and the archive is not there.
        os.unlink(run.target)
    return failure is None


class Run:
    def __init__(self, log, options, vmid, guest):
        self.log, self.options, self.vmid, self.guest = log, options, vmid, guest
        self.locked = False
        self.target = self.partial = self.folder = self.logfile = None
        self.resume = self.restart = None

    def make(self):
        log, options, guest = self.log, self.options, self.guest
        if guest is None:
            raise task.TaskFailed(f"unable to find VM '{self.vmid}'\n")
        base = self.name(guest)
        self.limit(guest)
        self.logfile = f'{base}.log'
        extension = ('.vma' if guest.kind == 'qemu' else '.tar') + EXTENSIONS[options.get('compress', '0')]
        self.target = base + extension
        self.partial = re.sub(r'\.[^.]+$', '.dat', self.target)
        self.folder = f'{base}.tmp'
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        log.open(f'/var/log/vzdump/{guest.kind}-{guest.vmid}.log')
        log.info(f'Starting Backup of VM {guest.vmid} ({guest.kind})')
        log.info(f"Backup started at {time.strftime('%Y-%m-%d %H:%M:%S')}")
        running = guest.is_running()
        log.info(f"status = {'running' if running else 'stopped'}")
        guest.lock('backup')
        self.locked = True
        mode = options['mode'] if running else 'stop'
        part = self.part(guest, running)
        if node.fault('warnings'):
            log.warn('no efidisk configured! Using temporary efivars disk.')
        if mode == 'snapshot':
            try:
                part.prepare(mode)
            except Refused as refusal:
                if not str(refusal).startswith('mode failure'):
                    raise
                log.info(str(refusal))
                log.info("trying 'suspend' mode instead")
                mode = 'suspend'
        log.info(f'backup mode: {mode}')
        if options.get('bwlimit', '0') != '0':
            log.info(f"bandwidth limit: {options['bwlimit']} KiB/s")
        log.info(f"ionice priority: {options.get('ionice', '7')}")
        if mode != 'snapshot':
            part.prepare(mode)
        if mode == 'stop' and running:
            log.info('stopping virtual guest')
            guest.halt()
            self.restart = part.stopped = time.time()
        elif mode == 'suspend':
            if guest.kind == 'lxc':
                part.sync('first')
            log.info('suspending guest')
            self.resume = part.stopped = time.time()
            if guest.kind == 'lxc':
                part.sync('final')
                log.info('resuming guest')
                self.online_again(self.resume)
                self.resume = None
        elif mode == 'snapshot':
            part.snapshot()
        part.mode = mode
        part.assemble()
        self.die_early()
        log.info(f"creating vzdump archive '{self.target}'")
        part.archive(self.partial)
        if guest.kind == 'qemu':
            # It went on when the job was under way: there is nothing to say of it any more.
            self.restart = None
        os.rename(self.partial, self.target)
        log.info(f'archive file size: {archive_size(os.stat(self.target).st_size)}')
        self.mark(guest)

    def die_early(self):
        """As by the OOM killer: the folder is there, and the log does not name the archive yet."""
        victim = node.fault('diesEarly')
        if victim == 'all':
            os.kill(os.getppid(), signal.SIGKILL)
            # Whoever waits for the command is awake by now, and the worker is still there.
            time.sleep(2)
        if victim:
            os.kill(os.getpid(), signal.SIGKILL)

    def name(self, guest):
        """Of this second, or of the next that none has: the real one never makes two of a guest within one."""
        while True:
            moment = time.strftime('%Y_%m_%d-%H_%M_%S', time.localtime(node.now()))
            name = f'vzdump-{guest.kind}-{guest.vmid}-{moment}'
            if not any(entry.startswith(name) for entry in os.listdir(self.options['dumpdir'])):
                return os.path.join(self.options['dumpdir'], name)
            time.sleep(0.05)

    def part(self, guest, running):
        from . import vzdump_lxc, vzdump_qemu

        kind = vzdump_qemu.Part if guest.kind == 'qemu' else vzdump_lxc.Part
        return kind(self.log, self.options, guest, running, self.folder)

    def limit(self, guest):
        """The storage's retention is a limit where nothing is removed; and that is so with --remove 0."""
        keep = retention.parse(self.options.get('prune-backups', 'keep-all=1'))
        limit = 0 if keep.get('keep-all') else sum(keep.values())
        if not limit or self.options.get('remove', '1') == '1' or not self.options['storage']:
            return
        backups = storage.list_backups(self.options['storage'], guest.vmid)
        if sum(1 for one in backups if one['subtype'] == guest.kind and not one.get('protected')) >= limit:
            raise task.TaskFailed(
                f'There is a max backup limit of {limit} enforced by the target storage or the vzdump parameters. '
                'Either increase the limit or delete old backups.\n'
            )

    def mark(self, guest):
        template = self.options.get('notes-template')
        if template:
            self.log.info('adding notes to backup')
            config = guest.config()
            values = {
                'cluster': node.cluster()['name'] or 'standalone node',
                'guestname': config.get('name') or config.get('hostname') or f'VM {guest.vmid}',
                'node': node.name(),
                'vmid': str(guest.vmid),
            }
            text = template.replace('\\n', '\n').replace('\\\\', '\\')
            text = re.sub(r'\{\{(.+?)\}\}', lambda found: values.get(found[1].strip(), found[0]), text)
            node.write_whole(f'{self.target}.notes', text)
        if self.options.get('protected') == '1':
            self.log.info('marking backup as protected')
            with open(f'{self.target}.protected', 'w', encoding='utf-8'):
                pass

    def online_again(self, since):
        delay = int(time.time() - since)
        self.log.info(f"guest is online again after {delay if delay >= 1 else '<1'} seconds")

    def clean_up(self):
        if self.locked:
            self.guest.unlock('backup')
        if self.resume is not None:
            self.log.info('resume vm')
            if self.guest.kind == 'lxc':
                self.online_again(self.resume)
        if self.restart is not None and not self.guest.is_running():
            self.log.info('restarting vm')
            self.guest.run()
            self.online_again(self.restart)
        if self.partial and os.path.exists(self.partial):
            os.unlink(self.partial)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def keep_log(self):
        text = self.log.close()
        if self.logfile and text:
            try:
                with open(self.logfile, 'w', encoding='utf-8') as file:
                    file.write(text)
            except OSError:
                pass


def prune(log, options, keep, run):
    """PVE::Storage::prune_backups through the plugin; it dies after the archive was made, and so the backup `failed`."""
    words = ', '.join(f'{key}={keep[key]}' for key in sorted(keep))
    log.info(f'prune older backups with retention: {words}')
    refused = node.fault('pruneFails')
    if refused == 'permission':
        log.info(f"running 'proxmox-backup-client prune' for 'vm/{run.vmid}'")
        # A Proxmox Backup Server's answer to a token without the right (pve-storage, PBSPlugin.pm, prune_backups).
        log.error(
            f"prune 'vm/{run.vmid}': proxmox-backup-client failed: Error: permission check failed - missing "
            'Datastore.Modify|Datastore.Prune on /datastore/backup'
        )
        raise task.TaskFailed('error pruning backups - check log\n')
    kind = run.guest.kind
    entries = retention.mark(storage.list_backups(options['storage'], run.vmid), keep)
    removed = 0
    for entry in entries:
        if entry['type'] != kind or entry['mark'] != 'remove':
            continue
        log.info(f"removing backup '{entry['volid']}'")
        if refused:
            log.error(f"error when removing backup '{entry['volid']}' - removing archive failed: Permission denied")
            raise task.TaskFailed('error pruning backups - check log\n')
        storage.remove_archive(storage.path_of(entry['volid']))
        removed += 1
    log.info(f"pruned {removed} backup(s){' not covered by keep-retention policy' if removed else ''}")
