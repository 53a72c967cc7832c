#!/usr/bin/env node
/** `sifaka` in a checkout: whatever Node started this, the command runs under Node 24, built from what is there now. */
import { join } from 'node:path';
import { node24, prepare, root, run } from './bootstrap.mjs';

const command = join(root, 'out', 'main', 'cli.js');

try {
  await prepare();
  process.exitCode = await run(node24, [command, ...process.argv.slice(2)], { cwd: process.cwd() });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
