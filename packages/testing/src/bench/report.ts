/** What a program needs to tell what it measured, without the rest of this package: it goes into bundles. */
export type { BenchTable } from './benchmark.ts'
export { describeMachine } from './machine.ts'
export { renderTable } from './table.ts'
