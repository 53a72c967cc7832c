import { z } from 'zod';
import { asProblem } from '../../../../shared/problem.ts';
import { nodeNameSchema } from '../../../../shared/schemas/backup-names.ts';
import { type AgentState, agentStateSchema } from '../../../../shared/schemas/backup-plans.ts';
import { timestampSchema } from '../../../../shared/schemas/names.ts';
import type { Clock } from '../../clock.ts';
import { parseFile } from '../../lab/known-files.ts';
import type { LabFolder, LabReader } from '../../lab/lab-folder.ts';

const agentsFile = 'backups/agents.json';
const largest = 16 * 1024 * 1024;

/** `backups/agents.json`: what the nodes last said of their agents, and the last event of each that was taken in. */
const agentsFileSchema = z.looseObject({
  schema: z.literal('sifaka.backup-agents/1'),
  at: timestampSchema,
  nodes: z.array(agentStateSchema),
  collected: z.record(nodeNameSchema, z.uuid()).default({}),
});
type AgentsFile = z.infer<typeof agentsFileSchema>;

/** `undefined` before anybody asked. LAB_FILE_INVALID. */
export async function readAgentsFile(lab: Pick<LabReader, 'readBytes'>): Promise<AgentsFile | undefined> {
  try {
    return parseFile(agentsFile, await lab.readBytes(agentsFile, largest), agentsFileSchema).value;
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_MISSING') return undefined;
    throw error;
  }
}

/** Keeps what was heard; of nodes that were not asked, what they said before stays. */
export async function keepAgents(
  { lab, clock }: { readonly lab: LabFolder; readonly clock: Clock },
  states: readonly AgentState[],
  collected: Readonly<Record<string, string>> = {},
): Promise<void> {
  await lab.changeFile(async (reader) => {
    const before = await readAgentsFile(reader);
    const asked = new Set(states.map(({ node }) => node));
    const others = before?.nodes.filter(({ node }) => !asked.has(node)) ?? [];
    const next: AgentsFile = {
      ...before,
      schema: 'sifaka.backup-agents/1',
      at: clock.now().toISOString(),
      nodes: [...others, ...states].toSorted((a, b) => (a.node < b.node ? -1 : 1)),
      collected: { ...before?.collected, ...collected },
    };
    return { file: agentsFile, bytes: Buffer.from(`${JSON.stringify(next, undefined, 2)}\n`) };
  });
}
