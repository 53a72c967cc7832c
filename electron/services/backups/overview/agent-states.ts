import type { LabFolder } from '../../lab/lab-folder.ts';
import { readAgentsFile } from '../agent/agent-memory.ts';
import type { AgentStates } from './overview-facts.ts';

/** What the nodes last said of their agents; `undefined` when they were never asked. LAB_FILE_INVALID. */
export async function readAgentStates(lab: Pick<LabFolder, 'readBytes'>): Promise<AgentStates | undefined> {
  const file = await readAgentsFile(lab);
  return file && { at: file.at, nodes: file.nodes };
}
