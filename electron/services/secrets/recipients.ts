import { Encrypter } from 'age-encryption';
import { asProblem } from '../../../shared/problem.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { recipientInvalid, recipientsMissing } from './secret-problems.ts';

/** Who the lab's secrets are sealed for: one age recipient on a line, as for `age -R`; `#` begins a comment. */
export const recipientsFile = 'metis/secrets/recipients.txt';

const limitBytes = 64 * 1024;

/** RECIPIENTS_MISSING without any; LAB_FILE_INVALID at the line of anything but an X25519 recipient. */
export async function readRecipients(lab: LabFolder): Promise<string[]> {
  const text = await readText(lab);
  const recipients = new Set<string>();
  for (const [index, line] of (text ?? '').split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    if (!isX25519Recipient(entry)) throw recipientInvalid(recipientsFile, index + 1);
    recipients.add(entry);
  }
  if (recipients.size === 0) throw recipientsMissing(recipientsFile);
  return [...recipients];
}

/** Adds a recipient on a line of its own, once; everything that stands there stays as it is. */
export async function addRecipient(lab: LabFolder, recipient: string): Promise<void> {
  const text = await readText(lab);
  if (text?.split('\n').some((line) => line.trim() === recipient)) return;
  const before = text ?? '# Who the secrets of this lab are sealed for: age recipients, one on a line.\n';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const bytes = new TextEncoder().encode(`${before}${separator}${recipient}\n`);
  await lab.writeBytes(recipientsFile, bytes, { mustNotExist: text === undefined });
}

async function readText(lab: LabFolder): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await lab.readBytes(recipientsFile, limitBytes));
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_MISSING') return undefined;
    throw error;
  }
}

/** Bech32 with its checksum (age-encryption.org/v1); plugin, tag and post-quantum recipients start differently. */
function isX25519Recipient(entry: string): boolean {
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(entry)) return false;
  try {
    new Encrypter().addRecipient(entry);
    return true;
  } catch {
    return false;
  }
}
