import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: { name: 'confined-file', include: ['test/**/*.test.ts'], testTimeout: 60_000 },
})
