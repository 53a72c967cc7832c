import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { receiptSchema, type Receipt, type Target } from '../../../shared/schemas/card.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { reserveReceipt, type ReservedReceipt } from './reserved-receipt.ts';

/** Receipts in `<data>/receipts`: `<id>.json`, and `<id>.txt` for people. Both are the operator's alone (0600). */
export interface Receipts {
  /** Room for a receipt of a burn to this target, `bytes` for each file; RECEIPT_UNWRITABLE. */
  reserve(target: Target, bytes: number): Promise<ReservedReceipt>;
  /** Newest first. A file that is no receipt is left out. */
  list(node?: string): Promise<Receipt[]>;
  /** The receipt that a card of this node on this target should agree with; RECEIPT_MISSING, RECEIPT_NOT_FOR_TARGET, RECEIPT_INVALID. */
  forCard(node: string, target: Target): Promise<Receipt>;
}

export function createReceipts(dataFolder: string): Receipts {
  const folder = join(dataFolder, 'receipts');

  async function read(): Promise<{ receipts: Receipt[]; damaged: string[] }> {
    const receipts: Receipt[] = [];
    const damaged: string[] = [];
    for (const name of await names(folder)) {
      const receipt = await readReceipt(join(folder, name));
      if (receipt === undefined) damaged.push(join(folder, name));
      else receipts.push(receipt);
    }
    return { receipts: receipts.toSorted(newestFirst), damaged };
  }

  return {
    reserve: (target, bytes) => reserveReceipt(folder, target, bytes),

    async list(node) {
      const { receipts } = await read();
      return node === undefined ? receipts : receipts.filter((receipt) => receipt.node === node);
    },

    async forCard(node, target) {
      const { receipts, damaged } = await read();
      return chooseReceipt(receipts, damaged, node, target);
    },
  };
}

/**
 * The newest receipt of the target's path, if it is this node's. A file that was moved has no receipt of its path: then
 * the newest receipt of the node for a target of the same size.
 */
export function chooseReceipt(
  receipts: readonly Receipt[],
  damaged: readonly string[],
  node: string,
  target: Pick<Target, 'kind' | 'path' | 'size' | 'label'>,
): Receipt {
  const sorted = receipts.toSorted(newestFirst);
  // The path of a real drive is its slot: another card may have been burned in it since.
  const isOfPath = (receipt: Receipt) =>
    receipt.target.path === target.path && (target.kind !== 'drive' || receipt.node === node);
  const ofPath = sorted.find(isOfPath);
  if (ofPath?.node === node) return ofPath;
  if (ofPath !== undefined) {
    throw new Problem('RECEIPT_NOT_FOR_TARGET', {
      what: `${target.label} was last burned as ${ofPath.node}, not as ${node}.`,
      state: 'Nothing was read and nothing was changed.',
      next: `Verify it as ${ofPath.node}, or burn it for ${node}.`,
    });
  }
  const ofNode = sorted.filter((receipt) => receipt.node === node);
  const sameSize = ofNode.find((receipt) => receipt.target.size === target.size);
  if (sameSize !== undefined) return sameSize;
  if (ofNode[0] !== undefined) {
    throw new Problem('RECEIPT_NOT_FOR_TARGET', {
      what: `${node} was burned onto ${ofNode[0].target.path}, and ${target.label} is another target of another size.`,
      state: 'Nothing was read and nothing was changed.',
      next: `Verify ${ofNode[0].target.path}, or burn this one.`,
    });
  }
  if (damaged.length > 0) {
    throw new Problem('RECEIPT_INVALID', {
      what: `No readable receipt of ${node} was found, and ${damaged.length} files cannot be read as receipts.`,
      state: 'Nothing was read and nothing was changed.',
      next: 'Restore those files from a backup, or burn the card again.',
      more: damaged.slice(0, 20),
    });
  }
  throw new Problem('RECEIPT_MISSING', {
    what: `There is no receipt of a card for ${node} on this machine.`,
    state: 'Nothing was read and nothing was changed.',
    next: 'Verify it on the machine that burned it, or burn the card again.',
  });
}

function newestFirst(a: Receipt, b: Receipt): number {
  return Date.parse(b.verifiedAt) - Date.parse(a.verifiedAt);
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name)).toSorted();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** `undefined` for a file that cannot be read, or is no receipt: one such file must not hide all others. */
async function readReceipt(file: string): Promise<Receipt | undefined> {
  try {
    return receiptSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
