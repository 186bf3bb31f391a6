import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source, // Whole runs are repeated for every fault; on a busy machine that takes longer than the default of 5 s.
  test: { name: 'dataset', include: ['test/**/*.test.ts'], testTimeout: 120_000 },
})
