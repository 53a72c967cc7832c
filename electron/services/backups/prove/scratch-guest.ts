import { setTimeout } from 'node:timers/promises';
import { Problem } from '../../../../shared/problem.ts';
import type { GuestType } from '../../../../shared/schemas/backup-names.ts';
import type { BackupCheck } from '../../../../shared/schemas/backup-record.ts';
import { guestCommand, type GuestNode, guestStatus, lookAtGuest, toolOf } from '../restore/guest-commands.ts';
import { type GuestConfigText, valueOf } from '../restore/guest-config.ts';
import { carriesMark, isolatingOptions, waysOut } from '../restore/isolation.ts';

export interface ScratchGuest {
  readonly node: GuestNode;
  /** Of the test whose mark it carries. */
  readonly id: string;
  readonly type: GuestType;
  readonly vmid: number;
}

export interface Answered {
  readonly evidence: NonNullable<BackupCheck['evidence']>;
  readonly detail: string;
}

/** Without an agent nobody can be asked: that it still runs after so long is all there is. */
const runsForSeconds = 60;
const askMilliseconds = 1000;
const startMilliseconds = 300_000;

/**
 * Cuts a restored guest off from its network, the host's devices and other guests' disks, and reads back that it is. It is not
 * started before that: RESTORE_TEST_FAILED.
 */
export async function isolate(guest: ScratchGuest, signal: AbortSignal): Promise<GuestConfigText> {
  const { node, type, vmid } = guest;
  const options = isolatingOptions(type, vmid, await ownConfig(guest, signal));
  if (options.length > 0) {
    const end = await guestCommand(node, [toolOf(type), 'set', String(vmid), ...options], { signal });
    if (!end.ok) throw failed(`its network could not be cut: ${end.said}`);
  }
  const config = await ownConfig(guest, signal);
  const out = waysOut(type, vmid, config);
  if (out.length > 0)
    throw failed(`it was not started, since it is not cut off: ${out.slice(0, 10).join(', ')}`);
  return config;
}

/** Starts it and waits for an answer out of it. RESTORE_TEST_FAILED. */
export async function startAndAsk(
  { node, type, vmid }: ScratchGuest,
  config: GuestConfigText,
  { waitSeconds, signal }: { readonly waitSeconds: number; readonly signal: AbortSignal },
): Promise<Answered> {
  const tool = toolOf(type);
  const started = await guestCommand(node, [tool, 'start', String(vmid)], {
    signal,
    milliseconds: startMilliseconds,
  });
  if (!started.ok) throw failed(`it does not start: ${started.said}`);
  const hasAgent = type === 'lxc' || /(?:^|,)(?:enabled=)?1(?:,|$)/.test(valueOf(config, 'agent') ?? '');
  const from = performance.now();
  const seconds = () => Math.round((performance.now() - from) / 1000);
  const until = hasAgent ? waitSeconds : Math.min(waitSeconds, runsForSeconds);
  let said = '';
  while (seconds() < until) {
    if (hasAgent) {
      const question: [string, ...string[]] =
        type === 'lxc' ? ['pct', 'exec', String(vmid), '--', 'true'] : ['qm', 'agent', String(vmid), 'ping'];
      const answer = await guestCommand(node, question, { signal, milliseconds: 60_000 });
      if (answer.ok)
        return type === 'lxc'
          ? { evidence: 'program-ran', detail: `A program ran in it ${seconds()} s after its start.` }
          : { evidence: 'agent-answered', detail: `Its agent answered ${seconds()} s after its start.` };
      said = answer.said;
    }
    await setTimeout(askMilliseconds, undefined, { signal });
  }
  const status = await guestStatus(node, type, vmid, signal);
  if (hasAgent)
    throw failed(`it did not answer within ${until} s (${status ?? 'its state is not known'}): ${said}`);
  if (status !== 'running') throw failed(`it was ${status ?? 'not there'} ${until} s after its start`);
  return {
    evidence: 'running',
    detail: `It has no guest agent to ask: it was still running ${until} s after its start, which proves less.`,
  };
}

/** What has our mark, and nothing else. */
async function ownConfig(
  { node, id, vmid, type }: ScratchGuest,
  signal: AbortSignal,
): Promise<GuestConfigText> {
  const { host, guest } = await lookAtGuest(node, vmid, signal);
  if (guest?.host === host && guest.type === type && carriesMark(guest.config, id)) return guest.config;
  throw failed('what has its id is not the guest that was made for the test');
}

/** `why` goes on after "The restore test of … failed: ". */
export function failed(why: string): Problem {
  return new Problem('RESTORE_TEST_FAILED', {
    what: why,
    state: '',
    next: '',
  });
}
