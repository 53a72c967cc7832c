/**
 * A part of a path that Windows does not keep as it is written: a device's name, with or without an ending, in any case
 * (the superscript digits are the digits of COM and LPT, too); characters that no name may have, of which a colon makes
 * an alternate stream; a dot or a blank at the end, which is dropped (learn.microsoft.com, "Naming Files, Paths, and
 * Namespaces"). What is made from names of the lab is made on every system: labs travel.
 */
export function whyNotOnWindows(name: string): string | undefined {
  if (isWindowsDevice(name)) return 'is a name that Windows reserves for a device';
  if (/[<>:"|?*\\]/.test(name)) return 'has a character that no name may have on Windows';
  if (/[. ]$/.test(name) && name !== '.' && name !== '..') return 'ends with a dot or a blank';
  return undefined;
}

export function isWindowsDevice(name: string): boolean {
  return /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$) *(\.|$)/i.test(name);
}
