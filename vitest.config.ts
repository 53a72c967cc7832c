import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import babel from '@rolldown/plugin-babel';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/longest-first.ts';

/**
 * What the processes of a test inherit. Most start others, hundreds of times: Node keeps what it compiled (where it keeps it
 * anyway when a program asks for it), which halves the start of the command; and glibc asks for large pages for large
 * buffers, so that a process that holds a whole card in memory is copied ten times faster when it starts a program.
 */
const env = {
  NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** As tests/rig/fixed-seed.ts: what is killed at moments that a seed chooses is so at the same ones in each run of CI. */
const seeds =
  process.env['CI'] === 'true'
    ? {
        SIFAKA_KILL_SEED: process.env['SIFAKA_KILL_SEED'] ?? 'every run',
        SIFAKA_FAULT_SEED: process.env['SIFAKA_FAULT_SEED'] ?? 'every run',
      }
    : {};

/** What is polled for has come by then, also where several files run at once. */
const expect = { poll: { timeout: 20_000 } };

/**
 * unit         pure code, no processes, no tools
 * integration  real files, tools and processes; a part that is missing is listed at the end of the run
 * e2e          the built app in Chromium against the real host, and through its window: Electron, or the double of it
 * long         what takes minutes: `npm run test:long`
 */
export default defineConfig({
  test: {
    // One more than there are processors: many of these tests wait, for a disk, a browser, or the timers of booted nodes
    // (bridge/deploy-faults computes for 15 of its 246 seconds). Two more gained nothing that could be measured, beside the
    // boot proof, which runs at the same time.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // The sources mark their texts with macros, which the build replaces.
        plugins: [babel({ presets: [linguiTransformerBabelPreset()] }), lingui({ cwd: import.meta.dirname })],
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          setupFiles: ['tests/rig/speak-english.ts', 'tests/rig/fixed-seed.ts'],
          // Nothing here waits: it is long only where the machine is slow.
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          setupFiles: ['tests/rig/fixed-seed.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          env: { ...env, ...seeds },
          expect,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['scripts/desktop-ran.mjs', 'tests/e2e/page-of-all-files.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // A browser that is starved of its processor is no fault of the data, so here alone, and in CI alone, a test is
          // tried once more; scripts/test.mjs names each that needed it.
          retry: process.env['CI'] === 'true' ? 1 : 0,
          env,
          expect,
        },
      },
      {
        test: {
          name: 'long',
          include: ['tests/long/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          env: { SIFAKA_FAULT_POINTS: 'all' },
        },
      },
    ],
  },
});
