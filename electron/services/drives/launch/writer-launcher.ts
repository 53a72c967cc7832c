import type { Problem } from '../../../../shared/problem.ts';
import { startByPkexec } from './by-pkexec.ts';
import { startBySudo } from './by-sudo.ts';
import { startByUac } from './by-uac.ts';
import { mayWriteDrive, startDirectly } from './direct.ts';
import { findPkexec, helperIsTrustworthy } from './installed-helper.ts';
import type { LaunchedProgram } from './writer-process.ts';

/** How the elevated writer is started on this machine. */
export interface WriterLauncher {
  /**
   * Starts it for one job. Resolves when the start was made or asked for, not when it is connected.
   * ELEVATION_UNAVAILABLE, WRITER_MISSING; TARGET_MISSING and IMAGE_FILE_MISSING, so that nobody is asked for a
   * password in vain.
   */
  start(request: WriterStart): Promise<StartedWriter>;
}

export interface WriterStart {
  /** Absolute path of the private folder (0700) with its socket and token. */
  readonly folder: string;
  /** The raw golden image the writer gets as its stdin; without one it only reads a drive (stdin is /dev/null). */
  readonly imagePath: string | undefined;
  /** The drive, to see whether the operator may write to it without elevation. */
  readonly drivePath: string;
  /** What the operator must know or do now, in words: that a prompt is open, or the command to run. */
  onWaiting(text: string): void;
}

export interface StartedWriter {
  /** `pkexec` becomes `sudo` when polkit has nobody to ask. */
  readonly kind: 'direct' | 'pkexec' | 'sudo' | 'uac';
  /**
   * Resolves when the process has ended, with the Problem that explains it if it could not do its work
   * (ELEVATION_REFUSED when the prompt was dismissed or not authorised, WRITER_DIED with signal or exit code
   * otherwise); never for a command the operator runs himself.
   */
  readonly ended: Promise<Problem | undefined>;
  /**
   * Ends it if this process started it. One that runs elevated cannot be killed from here: closing its socket ends
   * it. Nothing else is ever killed.
   */
  stop(): void;
}

/**
 * `node` and `script` are absolute: a plain Node, and the bundled writer. Windows asks for permission in any case: who may
 * write to a drive there, already runs elevated, and is not asked. `helper` is the program that the desktop package installs ({@link installedHelper}), if there can be one.
 */
export function createWriterLauncher(ports: {
  node: string;
  script: string;
  helper: string | undefined;
}): WriterLauncher {
  return {
    async start(request) {
      const program: LaunchedProgram = { argv: [ports.node, ports.script] };
      if (process.platform === 'win32') return await startByUac(program, request);
      if (await mayWriteDrive(request.drivePath)) return await startDirectly(program, request);
      const { helper } = ports;
      if (helper === undefined || !(await helperIsTrustworthy(helper)))
        return await startBySudo(program, request);
      const pkexec = await findPkexec();
      if (pkexec === undefined) return await startBySudo({ argv: [helper] }, request);
      return await startByPkexec({ pkexec, helper }, request);
    },
  };
}
