import { setImmediate } from 'node:timers/promises'
import type { Lookup, LookupPiece } from './lookup.ts'
import { planRuns } from './run-plan.ts'

/** Bytes of output after which a lookup that never waits yields to the event loop. */
const yieldBytes = 8 << 20

/** An embedding job whose ids and sizes were checked. */
export interface Job {
  readonly inputIds: Int32Array
  /** Empty when no positions are added. */
  readonly positionIds: Int32Array
  /** Bits of bfloat16 where it is a Uint16Array. */
  readonly output: Float32Array | Uint16Array
  readonly signal?: AbortSignal | undefined
}

/** Does a job run by run; between runs it heeds the signal. */
export async function runPieces(lookup: Lookup, job: Job): Promise<void> {
  if (job.inputIds.length === 0) return
  let sinceYield = 0
  for (const piece of pieces(job, lookup.tokensPerRun)) {
    job.signal?.throwIfAborted()
    const running = lookup.run(piece)
    if (running) {
      await running
      continue
    }
    sinceYield += piece.output.byteLength
    if (sinceYield >= yieldBytes) {
      sinceYield = 0
      await setImmediate()
    }
  }
}

function* pieces({ inputIds, positionIds, output }: Job, tokensPerRun: number): Generator<LookupPiece> {
  const tokens = inputIds.length
  const dim = output.length / tokens
  for (const run of planRuns(tokens, positionIds.length || tokens, tokensPerRun)) {
    const { start, rows, columns, positionStart } = run
    const end = start + rows * columns
    yield {
      rows,
      columns,
      inputIds: inputIds.subarray(start, end),
      positionIds: positionIds.subarray(positionStart, positionStart + columns),
      output: output.subarray(start * dim, end * dim),
    }
  }
}
