/**
 * By how many seconds a node's clock is ahead of ours at least; negative when behind. The node said its time, in whole
 * seconds, when it began and when it had ended: after we asked, and before we had its answer. All that fits between is the
 * way there and back, and no skew. Ours in milliseconds.
 */
export function clockSkew(
  asked: number,
  answered: number,
  { began, ended }: { readonly began: number; readonly ended: number },
): number {
  // It began in the second after `began`, and not before it was asked.
  const most = began + 1 - asked / 1000;
  // It ended no earlier than it said, and not after we had heard.
  const least = ended - answered / 1000;
  if (least > 0) return Math.round(least);
  return most < 0 ? Math.round(most) : 0;
}
