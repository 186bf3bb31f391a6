import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    testTimeout: 120_000,
    globalSetup: ['@sluice/testing/ensure-redis'],
    name: 'queue',
    include: ['test/**/*.test.ts'],
  },
})
