import { setImmediate } from 'node:timers/promises'
import type { Lookup } from './lookup.ts'
import { planRuns } from './run-plan.ts'

/** Bytes of output after which a lookup that never waits yields to the event loop. */
const yieldBytes = 8 << 20

/** An embedding job whose ids and sizes were checked. */
export interface Job {
  readonly inputIds: Int32Array
  /** Empty when no positions are added. */
  readonly positionIds: Int32Array
  readonly output: Float32Array
  readonly signal?: AbortSignal | undefined
}

/** Does a job run by run; between runs it heeds the signal. */
export async function runPieces(
  lookup: Lookup,
  { inputIds, positionIds, output, signal }: Job,
): Promise<void> {
  const tokens = inputIds.length
  if (tokens === 0) return
  const dim = output.length / tokens
  let sinceYield = 0
  for (const run of planRuns(tokens, positionIds.length || tokens, lookup.tokensPerRun)) {
    signal?.throwIfAborted()
    const { start, rows, columns, positionStart } = run
    const end = start + rows * columns
    const running = lookup.run({
      rows,
      columns,
      inputIds: inputIds.subarray(start, end),
      positionIds: positionIds.subarray(positionStart, positionStart + columns),
      output: output.subarray(start * dim, end * dim),
    })
    if (running) {
      await running
      continue
    }
    sinceYield += (end - start) * dim * 4
    if (sinceYield >= yieldBytes) {
      sinceYield = 0
      await setImmediate()
    }
  }
}
