import { describe, expect, it } from 'vitest';
import {
  bridgeFindings,
  fileFindings,
  imageFindings,
  jobFindings,
  jobsBesides,
  secretFindings,
} from '../../../renderer/pages/today/findings.ts';
import type { BridgeCheck, DeploySummary } from '../../../shared/schemas/bridge.ts';
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

const found = (deploys: DeploySummary[], checks: BridgeCheck[], jobs: JobSummary[] = []) =>
  bridgeFindings({ deploys, checks, jobs });

describe('what is wrong with the bridge', () => {
  const id = '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11';
  const deploy = (state: DeploySummary['state']): DeploySummary => ({
    schema: 'sifaka.bridge-deploy/1',
    id,
    cluster: 'madagascar',
    source: { kind: 'design', name: 'attempt2' },
    sourceDigest: '0'.repeat(64),
    planDigest: '0'.repeat(64),
    mode: 'all',
    startedAt: '2026-06-01T12:00:00Z',
    state,
    nodes: [],
    sifakaVersion: '0.0.0',
  });
  const check = (passed: boolean): BridgeCheck => ({
    schema: 'sifaka.bridge-check/1',
    id,
    cluster: 'madagascar',
    at: '2026-06-01T12:00:00Z',
    trigger: 'asked',
    passed,
    mtu: 65520,
    nodes: [],
    pairs: [],
    findings: [
      { severity: 'warning', code: 'a', what: 'A cable is out.', next: 'Plug it in.' },
      { severity: 'failure', code: 'b', what: 'A port is too small.', next: 'Make it larger.' },
    ],
  });

  it('is nothing after a deploy that was confirmed or taken back, and a check that passed', () => {
    expect(found([], [])).toEqual([]);
    expect(found([deploy('confirmed'), deploy('split')], [check(true), check(false)])).toEqual([]);
    expect(found([deploy('rolled-back')], [])).toEqual([]);
  });

  it('is a deploy that is split, and not its job once more', () => {
    const [finding, ...others] = found([deploy('split')], []);
    expect([finding?.severity, finding?.href, others]).toEqual(['danger', '#/bridge', []]);
    const jobs = [{ ...job('bridge', 'failed'), id, kind: 'bridge-deploy' as const }];
    expect(jobsBesides(found([deploy('split')], []), jobs)).toEqual([]);
    expect(jobsBesides(found([deploy('rolled-back')], []), jobs)).toEqual(jobs);
  });

  it('is a deploy that began and does not run', () => {
    expect(found([deploy('started')], []).map(({ severity }) => severity)).toEqual(['warning']);
    const running = { ...job('bridge', 'running'), id, kind: 'bridge-deploy' as const };
    expect(found([deploy('started')], [], [running])).toEqual([]);
  });

  it('is a check that failed, with its first failure and not its warnings', () => {
    expect(found([], [check(false)]).map(({ what, next }) => [what.service, next.service])).toEqual([
      ['A port is too small.', 'Make it larger.'],
    ]);
  });
});
