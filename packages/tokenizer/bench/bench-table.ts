/** What `@sluice/testing` prints and gives to benchmarks. */
export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly notes?: readonly string[]
}

export interface BenchContext {
  readonly quick: boolean
  readonly log: (line: string) => void
}
