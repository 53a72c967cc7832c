import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { keyTypeOf } from './host-key.ts';

export interface AgentKeys {
  readonly usable: readonly ParsedKey[];
  /** Types of keys that are in the agent and that ssh2 cannot use: FIDO keys, certificates. */
  readonly unusable: readonly string[];
}

/** A message may have 256 KiB in OpenSSH's own agent. */
const largestAnswer = 256 * 1024;

const requestIdentities = 11;
const identitiesAnswer = 12;

/**
 * The keys an agent has (draft-miller-ssh-agent, 4.4). It is asked here and not by ssh2, which leaves out silently what
 * it cannot use. Rejects when there is no agent, or it does not answer within the time of the signal.
 */
export function askAgent(place: string, signal: AbortSignal): Promise<AgentKeys> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const agent = ssh2.createAgent(place);
    if (!agent.getStream) {
      reject(new Error('the agent cannot be asked'));
      return;
    }
    agent.getStream((error, stream) => {
      if (error || !stream) {
        reject(error ?? new Error('no stream'));
        return;
      }
      let answer = Buffer.alloc(0);
      const stop = () => stream.destroy();
      signal.addEventListener('abort', stop, { once: true });
      stream.on('error', reject);
      stream.on('close', () => {
        signal.removeEventListener('abort', stop);
        reject(new Error('the agent did not answer'));
      });
      stream.on('data', (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk]);
        const length = answer.length < 4 ? undefined : answer.readUInt32BE(0);
        if (length === undefined || (length <= largestAnswer && answer.length < 4 + length)) return;
        const keys = length > largestAnswer ? undefined : keysIn(answer.subarray(4, 4 + length));
        if (keys) resolve(keys);
        else reject(new Error('the agent answered something else'));
        stream.destroy();
      });
      stream.write(Buffer.from([0, 0, 0, 1, requestIdentities]));
    });
  });
}

function keysIn(message: Buffer): AgentKeys | undefined {
  if (message[0] !== identitiesAnswer || message.length < 5) return undefined;
  const usable: ParsedKey[] = [];
  const unusable: string[] = [];
  let at = 5;
  const field = () => {
    if (message.length < at + 4) return undefined;
    const end = at + 4 + message.readUInt32BE(at);
    if (end > message.length) return undefined;
    const bytes = message.subarray(at + 4, end);
    at = end;
    return bytes;
  };
  for (let left = message.readUInt32BE(1); left > 0; left -= 1) {
    const blob = field();
    const comment = field();
    if (blob === undefined || comment === undefined) return undefined;
    const key = ssh2.utils.parseKey(blob);
    if (key instanceof Error) unusable.push(keyTypeOf(blob) ?? 'unknown');
    else usable.push(key);
  }
  return { usable, unusable };
}

/** Some keys of an agent; the agent signs. */
export class ChosenKeys extends ssh2.BaseAgent<ParsedKey> {
  private readonly agent: ssh2.BaseAgent;
  private readonly keys: ParsedKey[];

  constructor(place: string, keys: readonly ParsedKey[]) {
    super();
    this.agent = ssh2.createAgent(place);
    this.keys = [...keys];
  }

  getIdentities(answer: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    answer(null, this.keys);
  }

  sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    answer?: SignCallback,
  ): void {
    if (typeof options === 'function') this.agent.sign(key, data, options);
    else this.agent.sign(key, data, options, answer);
  }
}
