import type { SecretState } from '../../../shared/contract/secrets.ts';
import { asProblem } from '../../../shared/problem.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { secretNeeds, targetSecrets } from '../lab/secret-needs.ts';
import type { SecretStore } from './secret-store.ts';

/** Every secret that a node, a target of backups or the sync needs or the lab holds. Each is opened where the identity allows, and wiped at once. */
export async function checkSecrets(lab: LabFolder, store: SecretStore): Promise<SecretState[]> {
  const { value: inventory } = await lab.inventory();
  const needs = secretNeeds(inventory);
  for (const [name, targets] of await neededByTargets(lab)) {
    needs.set(name, [...(needs.get(name) ?? []), ...targets.map((target) => `target ${target}`)]);
  }
  for (const name of await neededBySync(lab)) needs.set(name, [...(needs.get(name) ?? []), 'sync pairs']);
  const names = new Set([...needs.keys(), ...(await store.names())]);
  const ready = (await store.identityState()) === 'ready';
  const states: SecretState[] = [];
  for (const name of [...names].toSorted()) {
    states.push({ name, neededBy: needs.get(name) ?? [], state: await stateOf(store, name, ready) });
  }
  return states;
}

/** None when the cluster file is not right: the check of the lab says so, and the nodes' secrets are looked at all the same. */
async function neededByTargets(lab: LabFolder): Promise<Map<string, string[]>> {
  try {
    const cluster = await lab.cluster();
    return cluster === undefined ? new Map() : targetSecrets(cluster.value);
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_INVALID') return new Map();
    throw error;
  }
}

/** As with targets, a mistake in the file is told by the check of the lab. */
async function neededBySync(lab: LabFolder): Promise<string[]> {
  try {
    const secret = (await lab.syncPairs())?.value.databaseSecret;
    return secret === undefined ? [] : [secret];
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_INVALID') return [];
    throw error;
  }
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
