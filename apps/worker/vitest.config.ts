import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { source } from '../../vitest.source.ts'

export default defineConfig({
  ...source,
  test: {
    // A dozen workers start here, each from the same modules: Node keeps them compiled.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url)),
    },
    testTimeout: 120_000,
    // Most of what these tests do is wait for locks to run out.
    maxConcurrency: 3,
    globalSetup: ['@sluice/testing/ensure-redis', '@sluice/testing/ensure-build'],
    name: 'worker',
    include: ['test/**/*.test.ts'],
  },
})
