import { sourceForNode, testsOf } from '../../vitest.project.ts'

export default {
  ...testsOf('cli', {
    maxConcurrency: 3,
    isolate: true,
    globalSetup: [
      '@sluice/testing/ensure-redis',
      '@sluice/testing/ensure-batch-engines',
      '@sluice/testing/ensure-build',
    ],
  }),
  ...sourceForNode,
}
