import { fileURLToPath } from 'node:url'
import { testsOf } from '../../vitest.project.ts'

export default testsOf('worker', {
  // A dozen workers start here, each from the same modules: Node keeps them compiled.
  env: {
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url)),
  },
  // Most of what these tests do is wait for locks to run out.
  maxConcurrency: 3,
  isolate: true,
  globalSetup: ['@sluice/testing/ensure-redis', '@sluice/testing/ensure-build'],
})
