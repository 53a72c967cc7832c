import { expect, test } from 'vitest';
import {
  parseBackupNodeAnswer,
  parseNodeRequest,
  parseNodeResult,
} from '../../../electron/services/backups/node/node-answer.ts';
import { type EndedRun, recordOf } from '../../../electron/services/backups/run/record-of.ts';
import { parseTaskLog } from '../../../electron/services/backups/run/task-log.ts';

const id = '11111111-1111-4111-8111-111111111111';
const archive = 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const request = `by operator\ntype qemu\nvmid 100\nstorage nas\nmode snapshot\ncompress zstd\nbwlimit 0\nprune -\nmethod vzdump\n`;
const done = [
  'state done',
  'ended 1795284752',
  'dumped 0 65',
  `archive ${archive}`,
  `volid nas:backup/${archive}`,
  `path ${base64(`/mnt/pve/nas/dump/${archive}`)}`,
  'size 529',
  `file 529 ${'a'.repeat(64)} ${archive}`,
  '',
].join('\n');
const finished = `INFO: Starting Backup of VM 100 (qemu)\nINFO: archive file size: 1KB\nINFO: Finished Backup of VM 100 (00:01:05)\n`;

function recordFor(result: string, log: string) {
  const parsed = parseNodeResult(result);
  const asked = parseNodeRequest(request);
  if (parsed === undefined || asked === undefined) throw new Error('the test is wrong');
  const run: EndedRun = {
    id,
    guest: { pveCluster: 'madagascar', type: 'qemu', vmid: 100, node: 'baobab' },
    request: asked,
    shared: true,
    startedAt: '2026-11-20T14:00:00Z',
    endedAt: '2026-11-20T14:01:05Z',
    result: parsed,
    log: parseTaskLog(Buffer.from(log)),
    targets: ['offsite'],
  };
  return recordOf(run);
}

test('made is what was finished, is there and was read', () => {
  expect(recordFor(done, finished)).toMatchObject({
    outcome: 'made',
    place: 'storage:nas',
    archive,
    sizeBytes: 529,
    copies: [{ target: 'offsite', state: 'pending' }],
  });
});

test.each([
  ['without the line that it finished', done, 'INFO: Starting Backup of VM 100 (qemu)\n', 'BACKUP_NOT_MADE'],
  ['with the line of another guest', done, finished.replaceAll('VM 100', 'VM 101'), 'BACKUP_NOT_MADE'],
  ['with no output at all', 'state failed\nended 1\ndumped 0 1\nreason not-finished\n', '', 'GUEST_MOVED'],
  [
    'when it is not listed',
    'state failed\nended 1\ndumped 0 1\nreason unlisted\n',
    finished,
    'BACKUP_NOT_MADE',
  ],
  [
    'when it is listed with another size',
    'state failed\nended 1\ndumped 0 1\nreason listed-as 12\n',
    finished,
    'BACKUP_NOT_MADE',
  ],
  [
    'when it changed while it was read',
    'state failed\nended 1\ndumped 0 1\nreason changed\n',
    finished,
    'ARCHIVE_CHANGED',
  ],
  [
    'when it was cut off',
    'state failed\nended 1\nreason cut-off\n',
    'INFO: Starting Backup of VM 100 (qemu)\n',
    'BACKUP_FAILED',
  ],
  [
    'when it was stopped',
    'state cancelled\nended 1\ndumped 255 3\n',
    'ERROR: Backup of VM 100 failed - interrupted by signal\n',
    'CANCELLED',
  ],
  [
    'when it is locked',
    'state failed\nended 1\ndumped 255 0\n',
    'INFO: Starting Backup of VM 100 (qemu)\nERROR: Backup of VM 100 failed - VM is locked (snapshot)\n',
    'GUEST_LOCKED',
  ],
  [
    'when there is no room',
    'state failed\nended 1\ndumped 255 9\n',
    'INFO: Starting Backup of VM 100 (qemu)\nINFO: zstd: error 70 : Write error : cannot write block : No space left on device\nERROR: Backup of VM 100 failed - vma_queue_write: write error - Broken pipe\n',
    'STORAGE_FULL',
  ],
  [
    'when the storage is not there',
    'state failed\nended 1\ndumped 255 0\n',
    "could not activate storage 'nas': storage 'nas' is not online\n",
    'STORAGE_UNUSABLE',
  ],
  [
    'when the guest is gone',
    'state failed\nended 1\ndumped 255 0\n',
    "INFO: Starting Backup of VM 100 (qemu)\nERROR: Backup of VM 100 failed - unable to find VM '100'\n",
    'GUEST_UNKNOWN',
  ],
  [
    'when it failed otherwise',
    'state failed\nended 1\ndumped 255 0\n',
    'INFO: Starting Backup of VM 100 (qemu)\nERROR: Backup of VM 100 failed - job failed with err -5 - Input/output error\n',
    'BACKUP_FAILED',
  ],
])('%s there is no backup', (_, result, log, code) => {
  const record = recordFor(result, log);
  expect(record).toMatchObject({ problem: { code }, files: [], copies: [] });
  expect(record.outcome).not.toBe('made');
  expect(record.archive).toBeUndefined();
});

test('a result that says less than it must is none', () => {
  expect(parseNodeResult(done)).toMatchObject({ state: 'done', exitCode: 0, seconds: 65, sizeBytes: 529 });
  for (const left of ['archive', 'path', 'file', 'state', 'ended']) {
    const lines = done.split('\n').filter((line) => !line.startsWith(left));
    expect(parseNodeResult(lines.join('\n')), left).toBeUndefined();
  }
  for (const path of ['relative', `/mnt/../etc/${archive}`, `/mnt/${archive}/other`, `/mnt/\n${archive}`])
    expect(parseNodeResult(done.replace(/^path .*$/m, `path ${base64(path)}`)), path).toBeUndefined();
  expect(parseNodeResult(done.replace(`archive ${archive}`, 'archive ../x'))).toBeUndefined();
  expect(parseNodeResult(done.replace('a'.repeat(64), 'A'.repeat(64)))).toBeUndefined();
});

test('an answer that is damaged anywhere is none, or says less, and never something else', () => {
  const whole = [
    'outcome status',
    'boot 7452eee4-c33e-4be5-bdfe-3c1e00f1734a',
    `run ${id} done`,
    `result ${base64(done)}`,
    `request ${base64(request)}`,
    `log 0 ${finished.length} ${base64(finished)}`,
    'end',
    '',
  ].join('\n');
  const answer = parseBackupNodeAnswer('baobab', Buffer.from(whole), '');
  expect(answer.runs).toMatchObject([{ id, state: 'done', request: { vmid: 100 } }]);
  expect(answer.log?.bytes.toString()).toBe(finished);
  for (let length = 0; length < whole.length; length += 1)
    expect(() => parseBackupNodeAnswer('baobab', Buffer.from(whole.slice(0, length)), 'x')).toThrow(
      'NODE_ANSWER_INVALID',
    );
  let seed = 11;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return seed % below;
  };
  for (let turn = 0; turn < 3000; turn += 1) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change <= random(4); change += 1) bytes[random(bytes.length)] = random(256);
    let runs;
    try {
      ({ runs } = parseBackupNodeAnswer('baobab', bytes, ''));
    } catch (error) {
      expect(error).toMatchObject({ code: 'NODE_ANSWER_INVALID' });
      continue;
    }
    for (const { state, result } of runs) {
      if (state !== 'done') continue;
      expect(result?.path).toMatch(/^\/[^\u0000-\u001f]*$/u);
      expect(result?.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  }
});
