import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

// Starting threads takes seconds where the processors are busy.
const testTimeout = 30_000

export default defineConfig({
  ...source,
  test: { name: 'dataloader', include: ['test/**/*.test.ts'], testTimeout },
})
