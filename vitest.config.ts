import { availableParallelism } from 'node:os';
import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import babel from '@rolldown/plugin-babel';
import { defineConfig } from 'vitest/config';

/**
 * unit         pure code, no processes, no tools
 * integration  real files, tools and processes; a part that is missing is listed at the end of the run
 * e2e          the built app in Chromium against the real host, and through its window: Electron, or the double of it
 * long         what takes minutes: `npm run test:long`
 */
export default defineConfig({
  test: {
    // Vitest would leave one processor free, which is half of a small machine; most of these tests wait for a disk.
    maxWorkers: Math.min(4, availableParallelism()),
    projects: [
      {
        // The sources mark their texts with macros, which the build replaces.
        plugins: [babel({ presets: [linguiTransformerBabelPreset()] }), lingui({ cwd: import.meta.dirname })],
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          setupFiles: ['tests/rig/speak-english.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['scripts/desktop-ran.mjs', 'tests/e2e/page-of-all-files.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          include: ['tests/long/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
