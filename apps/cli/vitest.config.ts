import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    testTimeout: 240_000,
    maxConcurrency: 3,
    globalSetup: ['../../tools/queue/ensure-redis.ts', '../../tools/queue/ensure-build.ts'],
    name: 'cli',
    include: ['test/**/*.test.ts'],
  },
})
