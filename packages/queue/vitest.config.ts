import { testsOf } from '../../vitest.project.ts'

export default testsOf('queue', { globalSetup: ['@sluice/testing/ensure-redis'] })
