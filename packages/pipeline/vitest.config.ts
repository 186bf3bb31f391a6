import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: { testTimeout: 240_000, name: 'pipeline', include: ['test/**/*.test.ts'] },
})
