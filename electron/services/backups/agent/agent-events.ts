import { z } from 'zod';
import { placeSchema, targetNameSchema } from '../../../../shared/schemas/backup-names.ts';

/** Seconds since 1970, by the node's clock. */
const secondsSchema = z.int().min(0).max(253_402_300_799);
const base64Schema = z
  .string()
  .max(64 * 1024)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
  .transform((text) => Buffer.from(text, 'base64'));
const reasonSchema = z.string().regex(/^[a-z-]{1,40}$/);
const guestNameSchema = z.string().regex(/^(?:qemu|lxc)-[1-9]\d{2,8}$/);
const common = { id: z.uuid(), at: secondsSchema };

/** One line of what an agent tells (resources/backups/agent/8-events.sh); nothing of it is believed to be more. */
const agentEventSchema = z.discriminatedUnion('event', [
  z.object({
    ...common,
    event: z.literal('backup'),
    guest: guestNameSchema,
    cluster: z.string().min(1).max(63),
    place: placeSchema,
    started: secondsSchema,
    targets: z.array(targetNameSchema).max(16),
    request: base64Schema,
    result: base64Schema,
    log: base64Schema,
  }),
  z.object({
    ...common,
    event: z.literal('copy'),
    backup: z.uuid(),
    target: targetNameSchema,
    state: z.enum(['verified', 'failed']),
    why: reasonSchema.optional(),
  }),
  z.object({
    ...common,
    event: z.literal('ended'),
    started: secondsSchema,
    made: z.int().min(0),
    failed: z.int().min(0),
    skipped: z.int().min(0),
    /** The agent before it was ended in the middle. */
    resumed: z.boolean(),
  }),
  z.object({
    ...common,
    event: z.enum(['failed', 'skipped', 'unlocked']),
    guest: guestNameSchema.optional(),
    why: reasonSchema,
    storage: z.string().max(100).optional(),
  }),
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;
export type AgentBackupEvent = Extract<AgentEvent, { event: 'backup' }>;
export type AgentCopyEvent = Extract<AgentEvent, { event: 'copy' }>;

/** Those after the one with this id, or all when it is not there any more; the oldest first. `$1`: the id, or `-`. */
export const eventsScript = String.raw`PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
cd /var/lib/sifaka/backups 2>/dev/null || exit 0
{ cat events.jsonl.1; cat events.jsonl; } 2>/dev/null | awk -v id="$1" '
  { line[n++] = $0 }
  index($0, "{\"id\":\"" id "\",") == 1 { n = 0 }
  END { for (i = 0; i < n; i++) print line[i] }' | head -c 4194304
`;

/** Lines that are none, or were cut, are left out: what they were of is told again, or is no event. */
export function parseAgentEvents(output: Buffer): AgentEvent[] {
  return output
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const parsed = agentEventSchema.safeParse(JSON.parse(line));
        return parsed.success ? [parsed.data] : [];
      } catch {
        return [];
      }
    });
}
