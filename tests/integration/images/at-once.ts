import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program that has a `cache` of this folder in several processes, which all begin when the last is ready. */
export async function atOnce(
  count: number,
  cacheFolder: string,
  statements: string,
): Promise<{ code: unknown; output: string }[]> {
  const module = new URL('../../../electron/services/images/create-image-cache.ts', import.meta.url).href;
  const program = `
    const { createImageCache } = await import(${JSON.stringify(module)});
    const cache = createImageCache({ folder: ${JSON.stringify(cacheFolder)} });
    process.stdin.once('data', async () => {
      ${statements}
      process.stdin.destroy();
    });
    console.log('ready');`;
  const runs = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    const ready = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('ready')) resolve();
      });
    });
    return { child, ready, ended: once(child, 'close').then(([code]: unknown[]) => ({ code, output })) };
  });
  await Promise.all(runs.map(({ ready }) => ready));
  for (const { child } of runs) child.stdin.end('go');
  return await Promise.all(runs.map(({ ended }) => ended));
}
