import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxConcurrency: 3,
    globalSetup: [
      '@sluice/testing/ensure-redis',
      '@sluice/testing/ensure-batch-engines',
      '@sluice/testing/ensure-build',
    ],
    name: 'cli',
    include: ['test/**/*.test.ts'],
  },
})
