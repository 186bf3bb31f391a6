/** One printed table of a benchmark: the first column names the row. */
export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** What a reader must know to believe the figures: checks made, noise seen, targets met or missed. */
  readonly notes?: readonly string[]
}

export interface BenchContext {
  /** Smaller inputs and fewer rounds: shows that the benchmark runs, not how fast anything is. */
  readonly quick: boolean
  readonly log: (line: string) => void
  /** Shows a table as soon as it is made, where a benchmark takes long. It is to be returned as well. */
  readonly show?: (table: BenchTable) => void
}

export interface BenchResult {
  readonly name: string
  /** ISO 8601. */
  readonly date: string
  readonly machine: Readonly<Record<string, string>>
  readonly tables: readonly BenchTable[]
}

/** What `packages/NAME/bench/bench.ts` exports. */
export interface Benchmark {
  run(context: BenchContext): Promise<readonly BenchTable[]>
}
