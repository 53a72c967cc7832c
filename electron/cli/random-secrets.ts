import { randomBytes } from 'node:crypto';
import type { SifakaClient } from '../../shared/contract/index.ts';

/** 32 random bytes as 64 hexadecimal digits: good as a k3s token and as a node password. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Seals a random value for every secret the lab names and does not have; answers their names. */
export async function sealRandomSecrets(client: SifakaClient): Promise<string[]> {
  const { secrets } = await client.secrets.check();
  const missing = secrets.filter((secret) => secret.state === 'missing').map((secret) => secret.name);
  for (const name of missing) await client.secrets.seal({ name, value: randomSecret() });
  return missing;
}
