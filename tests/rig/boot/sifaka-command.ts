import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command as it is built: what an operator runs. */
const program = fileURLToPath(new URL('../../../out/main/cli.js', import.meta.url));

export interface CommandEnd {
  readonly code: number | null;
  /** The last document of `--json`. */
  readonly report: Record<string, unknown>;
}

/** `sifaka` with an empty lab and a home of its own, below one folder. */
export class Sifaka {
  readonly folder: string;
  readonly lab: string;

  constructor(folder: string) {
    this.folder = folder;
    this.lab = join(folder, 'lab');
    mkdirSync(this.lab, { recursive: true });
  }

  /** A path in the lab, its folders made. */
  labFile(path: string): string {
    const file = join(this.lab, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  }

  /** Runs a command that must end well; throws with what it said otherwise. */
  async run(args: readonly string[], input = ''): Promise<Record<string, unknown>> {
    const { code, report } = await this.ended(args, input);
    if (code !== 0) throw new Error(`sifaka ${args.join(' ')} ended with ${code}: ${JSON.stringify(report)}`);
    return report;
  }

  /** Runs a command, however it ends. */
  async ended(args: readonly string[], input = ''): Promise<CommandEnd> {
    const { SIFAKA_IDENTITY: _identity, ...inherited } = process.env;
    const env = { ...inherited, SIFAKA_HOME: join(this.folder, 'home'), SIFAKA_LAB: this.lab };
    const child = spawn(process.execPath, [program, ...args, '--json'], { env, cwd: this.folder });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        const last = output.trimEnd().split('\n').at(-1) ?? '';
        if (!last.startsWith('{')) reject(new Error(`sifaka ${args.join(' ')}: ${output}${errors}`));
        else resolve({ code, report: JSON.parse(last) as Record<string, unknown> });
      });
    });
  }
}
