import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    testTimeout: 120_000,
    globalSetup: ['../../tools/queue/ensure-redis.ts'],
    name: 'queue',
    include: ['test/**/*.test.ts'],
  },
})
