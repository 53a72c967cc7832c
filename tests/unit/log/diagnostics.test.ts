import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createDiagnostics, type DiagnosticsParts } from '../../../electron/services/diagnostics.ts';
import { Problem } from '../../../shared/problem.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

const drive: Drive = {
  path: '/dev/sdb',
  kind: 'usb',
  label: 'Flash Drive 32 GB · …4711',
  model: 'Flash Drive',
  size: 32e9,
  bus: 'usb',
  serial: 'PLANTEDSERIAL4711',
  cid: '035344PLANTEDCID',
  removable: true,
  readOnly: false,
  parts: [{ name: 'sdb1', size: 1, label: 'PLANTED-PHOTOS', mountpoints: ['/media/ana/PLANTED-PHOTOS'] }],
  contents: 'vfat “PLANTED-PHOTOS”',
  identity: 'bus=usb&serial=PLANTEDSERIAL4711&diskseq=9',
  offered: false,
  reasons: [
    'It is in use by this machine at /media/ana/PLANTED-PHOTOS.',
    'Its serial number PLANTEDSERIAL4711 and 035344PLANTEDCID are odd.',
  ],
  canDiscard: false,
};

const parts: DiagnosticsParts = {
  version: '1.2.3',
  clock: { now: () => new Date('2026-11-21T02:00:00.000Z') },
  doctor: async () => [
    { id: 'lab', label: 'Lab', ok: true, required: false, detail: `${homedir()}/lab can be read.` },
    { id: 'zstd', label: 'Images as .zst', ok: false, required: true, detail: 'Missing.' },
  ],
  drives: { list: async () => [drive] },
  readLog: async () => ({
    file: '~/sifaka.log',
    entries: [
      { at: '2026-11-21T01:00:00.000Z', pid: 7, text: 'Error: token=PLANTED\n    at x \u001b[2J<b>' },
    ],
    more: true,
  }),
};

describe('diagnostics', () => {
  it('say what this machine, its drives and the log are like', async () => {
    const text = await createDiagnostics(parts)('web');
    for (const words of [
      'Version   1.2.3',
      `Platform  ${process.platform} ${process.arch}`,
      `Node ${process.versions.node}`,
      'Opened    web',
      'Made at   2026-11-21T02:00:00.000Z',
      'ok       Lab: ~/lab can be read.',
      'MISSING  Images as .zst: Missing.',
      '/dev/sdb  usb, usb, 32.0 GB, Flash Drive; not offered:\n      It is in use by this machine at /media/',
      '~/sifaka.log, its newest part\n  2026-11-21T01:00:00.000Z 7 Error: token=[redacted]\n      at x \\u001b[2J<b>',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('have no serial number, no name of a volume, no secret and no home folder', async () => {
    const text = await createDiagnostics(parts)('web');
    expect(text).not.toContain('PLANTED');
    expect(text).not.toContain('4711');
    if (homedir().length > 1) expect(text).not.toContain(`${homedir()}/`);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('come also when a part of them cannot be found out', async () => {
    const broken = new Problem('DRIVE_FAILED', { what: 'w', state: 's', next: 'n' });
    const text = await createDiagnostics({
      ...parts,
      drives: { list: () => Promise.reject(broken) },
      readLog: () => Promise.reject(new Error('EIO PLANTED')),
    })('in-process');
    expect(text).toContain('Drives\n  (could not be found out: DRIVE_FAILED)');
    expect(text).toContain('Log\n  (could not be found out: INTERNAL)');
    expect(text).toContain('ok       Lab');
    expect(text).not.toContain('PLANTED');
  });

  it('are bounded, and keep the newest', async () => {
    const entries = Array.from({ length: 200 }, (_, pid) => ({
      pid,
      text: `${'line of a stack\n'.repeat(250)}entry ${pid}.`,
    }));
    const drives = Array.from({ length: 2000 }, () => drive);
    const text = await createDiagnostics({
      ...parts,
      drives: { list: async () => drives },
      readLog: async () => ({ file: 'f', entries, more: true }),
    })('web');
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain('entry 199.');
  });
});
