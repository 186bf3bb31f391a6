import { defineConfig } from 'vitest/config'
import { compileCache, source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    env: compileCache,
    testTimeout: 120_000,
    // Most of what these tests do is wait for locks to run out.
    maxConcurrency: 3,
    globalSetup: ['../../tools/queue/ensure-redis.ts', '../../tools/queue/ensure-build.ts'],
    name: 'worker',
    include: ['test/**/*.test.ts'],
  },
})
