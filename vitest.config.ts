import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/generated/**', 'bench/rivals/**', '**/dist/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    // PostgreSQL works beside the test files: more of them at once than processors only makes them wait for each other.
    maxWorkers: Math.max(2, Math.min(8, availableParallelism())),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: {
      include: ['kit/src/**', 'rules/src/**', 'client/src/**', 'gateway/src/**', 'subgraphs/*/src/**', 'scripts/**'],
      exclude: ['**/*.test.ts', '**/generated/**'],
    },
  },
})
