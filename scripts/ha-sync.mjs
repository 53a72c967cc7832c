#!/usr/bin/env node
/** `ha-sync` in a checkout: whatever Node started this, it runs under Node 24, built from what is there now. */
import { join } from 'node:path';
import { node24, prepare, root, run } from './bootstrap.mjs';

const command = join(root, 'out', 'main', 'ha-sync.js');

try {
  await prepare();
  process.exitCode = await run(node24, [command, ...process.argv.slice(2)], { cwd: process.cwd() });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
