import { testsOf } from '../../vitest.project.ts'

export default testsOf('queue', { isolate: true, globalSetup: ['@sluice/testing/ensure-redis'] })
