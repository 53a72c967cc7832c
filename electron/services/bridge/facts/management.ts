import { z } from 'zod';
import { onOneLine } from '../../lab/plain-text.ts';
import { type AnswerLine, textOf } from './answer-lines.ts';
import { parseLinks, parseRoute } from './links.ts';

/** How this connection reaches the node. */
export interface Management {
  /** The interface that has the address the connection came to. */
  readonly interface: string;
  readonly address: string;
  /** The interface that the node's answers leave by, where routing says so; mostly the same. */
  readonly leavesBy?: string;
}

const addressSchema = z.union([z.ipv4(), z.ipv6()]);

/** `undefined` when the node cannot tell, as behind a proxy that is no sshd. */
export function parseManagement(lines: readonly AnswerLine[]): Management | undefined {
  const [address = '', zone] = textOf(lines, 'server').trim().split('%', 2);
  if (!addressSchema.safeParse(address).success) return undefined;
  const having = zone === undefined ? parseLinks(textOf(lines, 'local'))?.[0]?.name : onOneLine(zone, 32);
  if (having === undefined) return undefined;
  const leavesBy = parseRoute(textOf(lines, 'route'));
  return { interface: having, address, ...(leavesBy === undefined ? {} : { leavesBy }) };
}
