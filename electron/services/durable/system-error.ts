/** The system's code of a failed call, as in `ENOENT`; `undefined` for what is no system error. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Nothing has that name: neither the file nor, for `ENOTDIR`, the folder it would be in. */
export function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
