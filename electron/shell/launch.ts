/**
 * The lab to open: `--lab DIR` or `--lab=DIR` of the command line, else the folder given in SIFAKA_LAB. What stands after
 * `--` comes from whoever opened a link, and is no option.
 */
export function labFromArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  for (const [index, argument] of argv.entries()) {
    if (argument === '--') break;
    if (argument === '--lab') return argv[index + 1] || undefined;
    if (argument.startsWith('--lab=')) return argument.slice('--lab='.length) || undefined;
  }
  const lab = environment['SIFAKA_LAB'];
  return lab === '' ? undefined : lab;
}

/** Why the window must not open here; `undefined` when it may. */
export function windowObstacle(
  platform: string,
  userId: number | undefined,
  withoutSandbox: boolean,
): string | undefined {
  if (platform === 'linux' && userId === 0) {
    return 'Sifaka does not open its window as root. Start it as your own user; `sifaka serve` works for root.';
  }
  if (!withoutSandbox) return undefined;
  return 'Sifaka does not open its window without Chromium’s sandbox. An AppImage starts without it where this system keeps it from its users: install the deb or rpm package instead, or use `sifaka serve`.';
}
