import { cancelled, Problem, type ProblemCode } from '../../../shared/problem.ts';
import { onOneLine } from '../lab/plain-text.ts';
import type { Destination } from './destination.ts';
import { fingerprintOf, type HostKey } from './host-key.ts';

/** `root@192.168.22.71:2222`, for messages. */
export function inWords({ user, address, port }: Destination): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${user}@${host}${port === 22 ? '' : `:${port}`}`;
}

/** A text of the far side or of a library, quoted on one line. */
export function quotedLine(text: string): string {
  return `"${onOneLine(text, 160)}"`;
}

const notAsked = 'Nothing was run there.';

export function unreachable(destination: Destination, why: string, cause?: unknown): Problem {
  return new Problem(
    'SSH_UNREACHABLE',
    {
      what: `${destination.host} cannot be reached at ${inWords(destination)}: ${why}.`,
      state: notAsked,
      next: `See that ${destination.host} is on, that its address in the cluster file is right, and that sshd runs on it.`,
    },
    { cause },
  );
}

export function timedOut(destination: Destination, stage: string): Problem {
  return new Problem('SSH_TIMED_OUT', {
    what: `${destination.host} did not answer in time at ${inWords(destination)}: ${stage}.`,
    state: notAsked,
    next: `See whether ${destination.host} is overloaded or half down: its console still tells. Then try again.`,
  });
}

export function protocolFailed(destination: Destination, text: string, cause?: unknown): Problem {
  return new Problem(
    'SSH_PROTOCOL_FAILED',
    {
      what: `What answers for ${destination.host} at ${inWords(destination)} and Sifaka found no common SSH: ${quotedLine(text)}.`,
      state: notAsked,
      next: 'See that it is an SSH server, with algorithms that are not outdated.',
    },
    { cause },
  );
}

export function connectionLost(destination: Destination, state: string, cause?: unknown): Problem {
  return new Problem(
    'SSH_CONNECTION_LOST',
    {
      what: `The connection to ${destination.host} (${inWords(destination)}) ended in the middle.`,
      state,
      next: `See that ${destination.host} is still on, then try again.`,
    },
    { cause },
  );
}

export function loginRefused(
  destination: Destination,
  { accepts, tried, remarks }: { accepts: readonly string[]; tried: number; remarks: readonly string[] },
): Problem {
  const keys = tried === 0 ? 'there is no key to log in with' : `none of ${tried} keys was accepted`;
  const others = accepts.filter((method) => method !== 'publickey');
  return new Problem('SSH_LOGIN_REFUSED', {
    what: `${destination.host} does not let ${inWords(destination)} in: ${keys}.`,
    state: notAsked,
    next:
      accepts.includes('publickey') || accepts.length === 0
        ? `Put your public key into ~/.ssh/authorized_keys of ${destination.user} on ${destination.host}, or name the right key or user in ~/.ssh/config.`
        : `It accepts only ${onOneLine(others.join(', '), 80)}, which Sifaka does not use: allow keys in its sshd_config.`,
    ...(remarks.length === 0 ? {} : { more: remarks.map((remark) => onOneLine(remark, 300)) }),
  });
}

export function hostKeyUnknown(destination: Destination, presented: HostKey): Problem {
  const { host } = destination;
  return new Problem('HOST_KEY_UNKNOWN', {
    what: `The host key of ${host} is not trusted yet. What answers at ${inWords(destination)} has the ${presented.type} key ${fingerprintOf(presented.blob)}.`,
    state: 'It was not logged in to. Nothing is trusted.',
    next: `Compare it at the console of ${host}: \`ssh-keygen -lf ${keyFileOf(presented)}\`. If it is the same: sifaka nodes trust ${host}`,
  });
}

export function hostKeyMismatch(
  destination: Destination,
  trusted: readonly HostKey[],
  presented: HostKey | undefined,
): Problem {
  const { host } = destination;
  const now =
    presented === undefined
      ? 'has no key of a type that is trusted for it'
      : `has the ${presented.type} key ${fingerprintOf(presented.blob)}`;
  return new Problem('HOST_KEY_MISMATCH', {
    what: `The host key of ${host} is not the one that is trusted. What answers at ${inWords(destination)} ${now}.`,
    state: `It was not logged in to. Still trusted: ${trusted.map(({ blob }) => fingerprintOf(blob)).join(', ')}.`,
    next: `Either ${host} was installed anew, or something else answers in its place. Look at its console: \`ssh-keygen -lf ${presented === undefined ? '/etc/ssh/ssh_host_ed25519_key.pub' : keyFileOf(presented)}\`. Only if it is the same: sifaka nodes trust ${host} --replace`,
  });
}

/** Where Debian's sshd keeps the public half. */
function keyFileOf({ type }: HostKey): string {
  const kind = type === 'ssh-ed25519' ? 'ed25519' : type === 'ssh-rsa' ? 'rsa' : 'ecdsa';
  return `/etc/ssh/ssh_host_${kind}_key.pub`;
}

export function nodeUnknown(host: string): Problem {
  return new Problem('NODE_UNKNOWN', {
    what: `The cluster file has no node ${onOneLine(host, 80)}, and no way to a node goes through it.`,
    state: 'Nothing was started.',
    next: '`sifaka nodes list` shows the nodes and the hosts on the way to them.',
  });
}

/** On which node a command was stopped and what is known of it. */
export function stopped(
  code: Extract<ProblemCode, 'SSH_TIMED_OUT' | 'SSH_OUTPUT_TOO_LARGE' | 'CANCELLED'>,
  destination: Destination,
  isOver: boolean,
): Problem {
  const { host } = destination;
  const state = isOver
    ? `The command was ended on ${host}.`
    : `Whether the command still runs on ${host} is not known.`;
  if (code === 'CANCELLED') return cancelled(state);
  return new Problem(code, {
    what:
      code === 'SSH_TIMED_OUT'
        ? `A command on ${host} took too long.`
        : `A command on ${host} answered more than is taken.`,
    state,
    next: `Look on ${host} what it does: ssh ${inWords(destination)}`,
  });
}

export function commandNotStarted(destination: Destination, said: string): Problem {
  return new Problem('SSH_COMMAND_FAILED', {
    what: `${destination.host} did not run the command${said.trim() === '' ? '' : `; it said ${quotedLine(said)}`}.`,
    state: 'What it ran instead, if anything, is not known.',
    next: `See that ${destination.user} has a shell on ${destination.host}, and that its key has no forced command.`,
  });
}
