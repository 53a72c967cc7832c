/**
 * Puts a text on the clipboard; false when it could not be done. `field` holds the same text: it is selected, for
 * whoever has to copy it by hand, and for the older way, which needs no permission.
 */
export async function copyText(text: string, field: HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.focus();
    field?.select();
    return field !== null && document.execCommand('copy');
  }
}
