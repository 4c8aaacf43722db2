import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const require = createRequire(import.meta.url)

const NEVER = ['**/node_modules/**', '**/generated/**', 'bench/rivals/**', '**/dist/**']
const INTEGRATION = ['**/test/**/*.test.ts', 'tests/**/*.test.ts']

// Files that take long, most of it waiting: begun first, they do not stand alone at the end.
const LONG = [
  'tests/chaos/',
  'tests/e2e/live.',
  'tests/invariants/live.',
  'subgraphs/payments/test/offline-drain.',
  'tests/security/partner-graph.',
  'kit/test/events/queue.',
  'tests/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex(part => moduleId.includes(`/${part}`))
      return found < 0 ? LONG.length : found
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  // graphql ships twice, and vite would take the other copy than Apollo's packages do: two realms, and no schema is one.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      // Beside the code they test stand tests of pure functions, which need nothing.
      { extends: true, test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...NEVER, ...INTEGRATION] } },
      // In folders of their own stand those that may need the run's database server.
      {
        extends: true,
        test: {
          name: 'integration',
          include: INTEGRATION,
          exclude: NEVER,
          globalSetup: ['tests/support/global-setup.ts'],
        },
      },
    ],
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
