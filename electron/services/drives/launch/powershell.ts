import { join } from 'node:path';

/** Where Windows and its own programs are. */
export function systemRoot(): string {
  return process.env['SystemRoot'] ?? 'C:\\Windows';
}

/** One of the programs in Windows' own folder, never one that PATH leads to. */
export function systemProgram(...names: readonly string[]): string {
  return join(systemRoot(), 'System32', ...names);
}

/**
 * Windows PowerShell 5.1, which every Windows has, with a fixed script (about_PowerShell_exe). What differs from run to run
 * reaches the script as variables of its environment, which other users cannot read and which are never parsed as a script.
 */
export function powershell(script: string): [program: string, ...parameters: string[]] {
  return [
    systemProgram('WindowsPowerShell', 'v1.0', 'powershell.exe'),
    '-NoProfile',
    '-NonInteractive',
    // The script reads its input itself; PowerShell would take it for pipeline objects.
    '-InputFormat',
    'None',
    '-EncodedCommand',
    Buffer.from(script, 'utf16le').toString('base64'),
  ];
}

/**
 * What PowerShell needs of an environment, and nothing of the operator's: its modules come from Windows' folder alone, and
 * what it compiles lies where only who wrote it can change it.
 */
export function powershellEnvironment(values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const temporary = join(systemRoot(), 'Temp');
  return {
    SystemRoot: systemRoot(),
    windir: systemRoot(),
    PATH: systemProgram(),
    TEMP: temporary,
    TMP: temporary,
    PSModulePath: systemProgram('WindowsPowerShell', 'v1.0', 'Modules'),
    ...values,
  };
}
