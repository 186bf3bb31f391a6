import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: { testTimeout: 60_000, hookTimeout: 60_000, name: 'corpus', include: ['test/**/*.test.ts'] },
})
