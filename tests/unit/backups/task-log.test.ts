import { expect, test } from 'vitest';
import { parseTaskLog, TaskLogReader } from '../../../electron/services/backups/run/task-log.ts';

const parse = (...lines: string[]) => parseTaskLog(Buffer.from(`${lines.join('\n')}\n`));

/** As pve-manager 14a22df3 and qemu-server e6352be6 print it. */
const wholeLog = `INFO: starting new backup job: vzdump 100 --mode snapshot --storage nas --compress zstd
INFO: Starting Backup of VM 100 (qemu)
INFO: Backup started at 2026-11-20 14:00:00
INFO: status = running
INFO: VM Name: web
INFO: include disk 'scsi0' 'local-lvm:vm-100-disk-0' 32G
INFO: exclude disk 'scsi1' 'nas:vm-100-disk-1' (backup=no)
INFO: backup mode: snapshot
INFO: ionice priority: 7
INFO: creating vzdump archive '/mnt/pve/nas/dump/vzdump-qemu-100-2026_11_20-14_00_00.vma.zst'
INFO: issuing guest-agent 'fs-freeze' command
INFO: issuing guest-agent 'fs-thaw' command
INFO: started backup task '6f0c1a52-2f5a-4d3b-8f6e-5f6f9d1c6a11'
INFO:   3% (1.1 GiB of 32.0 GiB) in 3s, read: 375.8 MiB/s, write: 371.2 MiB/s
INFO: backup is sparse: 30.78 GiB (96%) total zero data
INFO: transferred 32.00 GiB in 65 seconds (504.1 MiB/s)
INFO: archive file size: 529MB
INFO: prune older backups with retention: keep-last=3
INFO: removing backup 'nas:backup/vzdump-qemu-100-2026_11_16-14_00_00.vma.zst'
INFO: pruned 1 backup(s)
INFO: Finished Backup of VM 100 (00:01:05)
INFO: Backup finished at 2026-11-20 14:01:05
INFO: Backup job finished successfully
`;

test('a whole log', () => {
  expect(parseTaskLog(Buffer.from(wholeLog))).toEqual({
    started: { vmid: 100, type: 'qemu' },
    guestName: 'web',
    mode: 'snapshot',
    excluded: ['scsi1 (backup=no)'],
    archive: '/mnt/pve/nas/dump/vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
    progress: {
      doneBytes: Math.round(1.1 * 1024 ** 3),
      totalBytes: 32 * 1024 ** 3,
      readBytes: Math.round(375.8 * 1024 ** 2),
      seconds: 3,
    },
    waits: false,
    archiveIsNamed: true,
    finished: { vmid: 100 },
    pruned: 1,
    removed: ['nas:backup/vzdump-qemu-100-2026_11_16-14_00_00.vma.zst'],
    warnings: [],
    said: [],
  });
});

test.each([
  ['INFO:   0% (0.0 B of 32.0 GiB) in 0s, read: 0 B/s, write: 0 B/s', 0, 32 * 1024 ** 3, 0],
  ['INFO: 100% (512.0 MiB of 512.0 MiB) in 3s, read: 170.7 MiB/s, write: 0 B/s', 2 ** 29, 2 ** 29, 3],
  [
    'INFO:  71% (1.4 TiB of 2.0 TiB) in 2h 20m 40s, read: 98.0 MiB/s, write: 97.1 MiB/s',
    Math.round(1.4 * 1024 ** 4),
    2 * 1024 ** 4,
    8440,
  ],
  [
    'INFO:  99% (9.9 TiB of 10.0 TiB) in 1w 2d 3s, read: 9 B/s, write: 9 B/s',
    Math.round(9.9 * 1024 ** 4),
    10 * 1024 ** 4,
    777_603,
  ],
  [
    'INFO: status: 12% (3865470976/30601641984), sparse 0% (0), duration 33, read/write 117/117 MB/s',
    3_865_470_976,
    30_601_641_984,
    33,
  ],
])('%s', (line, doneBytes, totalBytes, seconds) => {
  expect(parse(line).progress).toMatchObject({ doneBytes, totalBytes, seconds });
});

test('a container says its own words', () => {
  const log = parse(
    'INFO: Starting Backup of VM 101 (lxc)',
    'INFO: CT Name: dns',
    "INFO: including mount point rootfs ('/') in backup",
    "INFO: excluding bind mount point mp0 ('/srv') from backup (not a volume)",
    'INFO: Total bytes written: 564357120 (539MiB, 93MiB/s)',
    'INFO: archive file size: 201MB',
    'INFO: Finished Backup of VM 101 (00:00:06)',
  );
  expect(log).toMatchObject({
    started: { vmid: 101, type: 'lxc' },
    guestName: 'dns',
    bytesWritten: 564_357_120,
    excluded: ['mp0 (not a volume)'],
    finished: { vmid: 101 },
  });
});

test('a failure has its reason; what a tool complained about before it is kept', () => {
  const log = parse(
    'INFO: Starting Backup of VM 103 (qemu)',
    'INFO: zstd: error 70 : Write error : cannot write block : No space left on device',
    'ERROR: Backup of VM 103 failed - vma_queue_write: write error - Broken pipe',
    'INFO: Failed at 2026-11-20 14:01:05',
    'INFO: Backup job finished with errors',
    'TASK ERROR: job errors',
  );
  expect(log.failed).toEqual({ vmid: 103, reason: 'vma_queue_write: write error - Broken pipe' });
  expect(log.finished).toBeUndefined();
  expect(log.said).toEqual(['zstd: error 70 : Write error : cannot write block : No space left on device']);
});

test('a notification that was not sent, and older backups that were not removed, are no failures of this one', () => {
  const notify = 'could not notify via target `mail-to-root`: could not notify via endpoint(s): mail-to-root';
  expect(parse(...wholeLog.split('\n'), `ERROR: ${notify}`)).toMatchObject({
    finished: { vmid: 100 },
    notifyFailed: notify,
    warnings: [],
  });
  // A Proxmox Backup Server: the rest of the log goes on.
  expect(
    parse(
      "ERROR: prune 'vm/100': proxmox-backup-client failed: Error: missing Datastore.Prune",
      'INFO: Finished Backup of VM 100 (00:01:05)',
    ),
  ).toMatchObject({
    finished: { vmid: 100 },
    pruneFailed: expect.stringContaining('missing Datastore.Prune'),
  });
  // A folder: vzdump calls the whole backup failed (PVE/VZDump.pm, exec_backup_task), with the archive in its place.
  const folder = parse(
    'INFO: archive file size: 529MB',
    "INFO: removing backup 'nas:backup/vzdump-qemu-100-2026_11_16-14_00_00.vma.zst'",
    "ERROR: error when removing backup 'nas:backup/vzdump-qemu-100-2026_11_16-14_00_00.vma.zst' - Permission denied",
    'ERROR: Backup of VM 100 failed - error pruning backups - check log',
  );
  expect(folder.pruneFailed).toMatch(/Permission denied/);
  expect(folder.removed).toEqual([]);
  expect(folder.failed).toBeUndefined();
  // Without an archive it is one.
  expect(parse('ERROR: Backup of VM 100 failed - error pruning backups - check log').failed).toBeDefined();
});

test('warnings are kept, and a task that waits for another says so until it goes on', () => {
  expect(parse('WARN: Systemd 248 detected.', 'ERROR: unable to send mail').warnings).toEqual([
    'Systemd 248 detected.',
    'unable to send mail',
  ]);
  expect(parse('INFO: trying to get global lock - waiting...').waits).toBe(true);
  expect(parse('INFO: trying to get global lock - waiting...', 'INFO: got global lock').waits).toBe(false);
});

test('what has no mark is kept for a task that did not begin; nothing was begun by nothing', () => {
  expect(parse("could not activate storage 'nas': storage 'nas' is not online").said).toHaveLength(1);
  expect(parseTaskLog(new Uint8Array())).toEqual({
    excluded: [],
    waits: false,
    archiveIsNamed: false,
    removed: [],
    warnings: [],
    said: [],
  });
});

test('the log beside an archive has the time before each line', () => {
  expect(parse('2026-11-20 14:01:05 INFO: Finished Backup of VM 100 (00:01:05)').finished).toEqual({
    vmid: 100,
  });
});

test('pieces that end anywhere, bytes of all kinds and lines without end say the same, and take no room', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return seed % below;
  };
  const bytes = Buffer.from(wholeLog);
  for (let turn = 0; turn < 300; turn += 1) {
    const noise = Buffer.from(Array.from({ length: random(200) }, () => random(256)));
    const whole = Buffer.concat([noise, Buffer.from('\n'), bytes]);
    const reader = new TaskLogReader();
    for (let at = 0; at < whole.length; ) {
      const end = at + 1 + random(90);
      reader.add(whole.subarray(at, end));
      at = end;
    }
    const log = reader.read({ end: true });
    expect(log).toMatchObject({ finished: { vmid: 100 }, pruned: 1, guestName: 'web' });
    // oxlint-disable-next-line no-control-regex -- it is what may not be there
    for (const text of [...log.warnings, ...log.said])
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
  const endless = new TaskLogReader();
  for (let turn = 0; turn < 200; turn += 1) endless.add(Buffer.alloc(65_536, 'x'));
  endless.add(Buffer.from('\nWARN: later\n'));
  expect(endless.read().warnings).toEqual(['later']);
});
