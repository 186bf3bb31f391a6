import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({ ...source, test: { name: 'corpus', include: ['test/**/*.test.ts'] } })
