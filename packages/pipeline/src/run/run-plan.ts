import { blameOf } from '@sluice/errors'
import type { DatasetManifest } from '@sluice/dataset'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { carryOut } from './carry-out.ts'
import { RunError } from '../errors.ts'
import type { TokenEstimate } from '../estimate/estimate-tokens.ts'
import type { OpenStorage } from '../folder/run-storage.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunEvent } from './run-event.ts'
import { LocalRunner } from '../runners/local-runner.ts'
import type { TaskThread } from '../runners/task-thread-handle.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { takePlan } from './take-plan.ts'
import type { RunSegment } from '../task/task.ts'
import type { RunProvider } from '../plan/run-provider.ts'

/** What a finished run made. */
export interface RunSummary {
  readonly planId: string
  readonly windows: number
  /** Ids of the corpus, separators included. */
  readonly tokens: number
  /** Bytes of all parts. */
  readonly byteLength: number
  readonly sourceBytes: number
  readonly seconds: number
  /** The execution provider that looked the embeddings up; null where rows hold none. */
  readonly provider: string | null
  /** Path of the first part. */
  readonly firstPart: string
  /** What did not become windows, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Where the first faults of the content are, by reason, the source by its name. */
  readonly faults: Readonly<Record<string, readonly NamedPlace[]>>
}

/** Where something of the content was left out or repaired. */
export interface NamedPlace {
  readonly source: string
  /** Bytes before it in the (decompressed) source, or rows in a table. */
  readonly position: number
}

/** What {@link runPlan} is given. */
export interface RunPlanOptions {
  readonly run: PlannedRun
  readonly corpus: Corpus
  /** Folder of the dataset. */
  readonly out: string
  readonly openStorage: OpenStorage
  /** Worker threads beside the calling one. */
  readonly helpers: readonly TaskThread[]
  readonly provider?: RunProvider
  readonly segments: readonly RunSegment[]
  readonly estimate: TokenEstimate
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** A corpus this small that makes no more than this is done before a thread has started. */
export const smallByteLength = { source: 4 << 20, output: 64 << 20 } as const

/** Carries one plan out in this process, into one folder. */
export async function runPlan(options: RunPlanOptions): Promise<RunSummary> {
  const { run, corpus, out, segments, estimate, provider, signal, onEvent } = options
  const { plan } = run
  const storage = options.openStorage(out)
  const started = performance.now()
  const { folder, sourceBytes, size } = await takePlan({ run, storage, corpus, estimate, onEvent })
  const tasks = segments.length + Math.ceil(size.windows / plan.windowsPerPart)
  const isSmall = sourceBytes <= smallByteLength.source && size.byteLength <= smallByteLength.output
  // A storage that lies only in this thread's memory, or behind its connection, is no place for others.
  const helpers =
    isSmall || storage.path === undefined ? [] : options.helpers.slice(0, Math.max(0, tasks - 1))
  const runner = new LocalRunner(
    { path: out, run, access: corpus.access, ...(provider && { provider }) },
    { helpers, storage, encoding: corpus.tokenizer.encoding },
  )
  try {
    const { manifest, tokens } = await carryOut({ run, folder, segments, runner, signal, onEvent })
    await folder.finish()
    const summary: RunSummary = {
      planId: manifest.planId,
      windows: manifest.totals.rows,
      tokens,
      byteLength: manifest.totals.byteLength,
      sourceBytes,
      seconds: (performance.now() - started) / 1000,
      provider: runner.provider ?? null,
      firstPart: join(out, manifest.parts[0]?.name ?? ''),
      dropped: manifest.dropped,
      faults: nameFaults(manifest),
    }
    onEvent({ event: 'done', ...(plan.split && { split: plan.split }), ...summary })
    return summary
  } catch (error) {
    if (signal.aborted)
      throw new RunError('aborted', `stopped; the same command goes on from what is in ${out}`)
    await runner.close()
    // Whatever the machine is to blame for leaves the folder: the next attempt resumes from it.
    if (blameOf(error) === 'input') await folder.abandon()
    throw error
  } finally {
    await runner.close()
  }
}

function nameFaults({ faults = {}, sources }: DatasetManifest): RunSummary['faults'] {
  const named = Object.entries(faults).map(([reason, places]) => [
    reason,
    places.map(({ source, position }) => ({ source: sources[source]?.name ?? '', position })),
  ])
  return Object.fromEntries(named) as RunSummary['faults']
}
