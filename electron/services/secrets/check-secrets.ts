import type { SecretState } from '../../../shared/contract/secrets.ts';
import { asProblem } from '../../../shared/problem.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { secretNeeds } from '../lab/secret-needs.ts';
import type { SecretStore } from './secret-store.ts';

/** Every secret that a node needs or the lab holds. Each is opened where the identity allows, and wiped at once. */
export async function checkSecrets(lab: LabFolder, store: SecretStore): Promise<SecretState[]> {
  const { value: inventory } = await lab.inventory();
  const needs = secretNeeds(inventory);
  const names = new Set([...needs.keys(), ...(await store.names())]);
  const ready = (await store.identityState()) === 'ready';
  const states: SecretState[] = [];
  for (const name of [...names].toSorted()) {
    states.push({ name, neededBy: needs.get(name) ?? [], state: await stateOf(store, name, ready) });
  }
  return states;
}

async function stateOf(store: SecretStore, name: string, ready: boolean): Promise<SecretState['state']> {
  if (!(await store.has(name))) return 'missing';
  if (!ready) return 'sealed';
  try {
    const value = await store.open(name);
    value.fill(0);
    return 'sealed-and-readable';
  } catch (error) {
    if (asProblem(error)) return 'unreadable';
    throw error;
  }
}
