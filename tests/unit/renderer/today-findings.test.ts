import { describe, expect, it } from 'vitest';
import {
  fileFindings,
  imageFindings,
  jobFindings,
  secretFindings,
} from '../../../renderer/pages/today/findings.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';

function job(subject: string, state: JobSummary['state']): JobSummary {
  return {
    id: '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11',
    kind: 'card-burn',
    title: `Burn onto ${subject}`,
    subject,
    startedAt: '2026-06-01T12:00:00Z',
    state,
    mine: true,
  };
}

describe('what needs the operator', () => {
  it('is nothing on a lab in order', () => {
    expect(fileFindings([{ file: 'a', kind: 'inventory', ok: true }])).toEqual([]);
    expect(
      secretFindings({
        identity: 'ready',
        secrets: [{ name: 'k3s-token', neededBy: ['titan-13'], state: 'sealed-and-readable' }],
      }),
    ).toEqual([]);
  });

  it('names a secret that does not open only when somebody needs it', () => {
    const found = secretFindings({
      identity: 'ready',
      secrets: [
        { name: 'k3s-token', neededBy: ['titan-13', 'titan-15'], state: 'unreadable' },
        { name: 'spare', neededBy: [], state: 'unreadable' },
      ],
    });
    expect(found.map(({ key }) => key)).toEqual(['secret:k3s-token']);
  });

  it('leaves a missing secret to the check of the files, and names the identity that is not there', () => {
    const found = secretFindings({
      identity: 'none',
      secrets: [{ name: 'k3s-token', neededBy: ['titan-13'], state: 'missing' }],
    });
    expect(found.map(({ key }) => key)).toEqual(['identity']);
  });

  it('asks for the passphrase of a locked identity', () => {
    expect(secretFindings({ identity: 'locked', secrets: [] })[0]?.way).toBe('unlock');
  });

  it('names a missing image with the classes that use it', () => {
    const image = { name: 'demo', file: 'a.img', fileSha256: '0'.repeat(64), description: '' };
    expect(imageFindings([{ ...image, classes: ['rpi4'], state: 'missing' }])[0]?.what.page).toContain(
      'rpi4',
    );
    expect(imageFindings([{ ...image, classes: ['rpi4'], state: 'available' }])).toEqual([]);
  });

  it('names a cut-off or failed job until a later one on the same target went well', () => {
    expect(jobFindings([job('/a', 'cut-off')])).toHaveLength(1);
    expect(jobFindings([job('/a', 'failed')])[0]?.severity).toBe('danger');
    expect(jobFindings([job('/a', 'done'), job('/a', 'cut-off')])).toEqual([]);
    expect(jobFindings([job('/b', 'done'), job('/a', 'cut-off')])).toHaveLength(1);
  });
});
