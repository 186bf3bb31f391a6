/** One piece of an embedding job: `rows` x `columns` tokens, starting at token `start`. */
export interface LookupRun {
  readonly start: number
  readonly rows: number
  readonly columns: number
  /** Where this piece's `columns` positions start in the position ids; they serve each of its rows. */
  readonly positionStart: number
}

/**
 * Cuts a job into runs of at most `tokensPerRun` tokens (at least one), so that a run's values stay in the cache.
 *
 * @param tokens - A multiple of `positions`.
 * @param positions - How many positions are given: those of one row for all rows, or one for each token.
 */
export function* planRuns(tokens: number, positions: number, tokensPerRun: number): Generator<LookupRun> {
  if (tokens === 0) return
  const rows = tokens / positions
  if (positions <= tokensPerRun && rows > 1) {
    const rowsPerRun = Math.floor(tokensPerRun / positions)
    for (let row = 0; row < rows; row += rowsPerRun) {
      const count = Math.min(rowsPerRun, rows - row)
      yield { start: row * positions, rows: count, columns: positions, positionStart: 0 }
    }
    return
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < positions; column += tokensPerRun) {
      const columns = Math.min(tokensPerRun, positions - column)
      yield { start: row * positions + column, rows: 1, columns, positionStart: column }
    }
  }
}
