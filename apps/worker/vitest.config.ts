import { testsOf } from '../../vitest.project.ts'

export default testsOf('worker', {
  // Most of what these tests do is wait for locks to run out.
  maxConcurrency: 3,
  isolate: true,
  globalSetup: ['@sluice/testing/ensure-redis', '@sluice/testing/ensure-build'],
})
