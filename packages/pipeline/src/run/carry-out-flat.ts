import { publishJson, manifestName, type TokenFormat, type TokenManifest } from '@sluice/dataset'
import { defaultCheckpointBytes, FlatWriter } from '../flat/flat-writer.ts'
import { SegmentsInOrder } from '../flat/segments-in-order.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import { runTasks, type CarryOutOptions } from './carry-out.ts'
import { takeApart } from './publish-index.ts'
import { tokenManifestOf } from './token-manifest.ts'
import { tooShort } from './too-short.ts'

/** What {@link carryOutFlat} is given. */
export interface CarryOutFlatOptions extends CarryOutOptions {
  readonly format: TokenFormat
  /** Bytes of ids from one checkpoint to the next. Changes nothing in the output. @default 64 MiB */
  readonly checkpointBytes?: number | undefined
}

/**
 * A run of token files from its plan to its commit: segments are tokenized in any order, and their ids written in the order of the
 * corpus as they come, once. The runner must be one of this process.
 *
 * @throws RunError `too-short` where there is no id
 */
export async function carryOutFlat(options: CarryOutFlatOptions): Promise<TokenManifest> {
  const { run, folder, format, checkpointBytes = defaultCheckpointBytes } = options
  const { storage } = folder
  const sources = openPlannedSources(storage, run.plan.sources)
  const segments = await takeApart(storage, run, options.segments)
  await using writer = await FlatWriter.open({ storage, run, format, segments, sources, checkpointBytes })
  const failure = new AbortController()
  const open = segments.slice(writer.written)
  const inOrder = new SegmentsInOrder(open, {
    ...{ storage, run, sources, writer },
    onFailure: () => failure.abort(),
  })
  try {
    await runTasks(
      { ...options, signal: AbortSignal.any([options.signal, failure.signal]) },
      inOrder.tasks(),
      {
        ...({ kind: 'tokenize', phase: 'tokenize' } as const),
        total: open.reduce((sum, { byteLength }) => sum + byteLength, 0),
        onOutcome: (task, outcome) => inOrder.offer(task, outcome),
        onDone: (task) => inOrder.done(task),
      },
    )
  } finally {
    // Where writing failed, that is the run's error.
    await inOrder.end()
  }
  if (writer.index.tokens === 0) throw await tooShort(run.plan, sources, writer.index)
  const made = await writer.finish()
  const manifest = await tokenManifestOf(storage, run, { ...made, format, stream: writer.index })
  await publishJson(storage, manifestName, manifest)
  return manifest
}
