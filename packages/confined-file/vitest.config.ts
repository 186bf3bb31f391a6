import { testsOf } from '../../vitest.project.ts'

export default testsOf('confined-file')
