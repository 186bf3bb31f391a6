import type { DatasetManifest, Hole, TokenManifest } from '@sluice/dataset'
import { blameOf } from '@sluice/errors'
import { performance } from 'node:perf_hooks'
import { summaryOf, type RunSummary } from './run-summary.ts'
import { carryOut, type CarryOutOptions } from './carry-out.ts'
import { carryOutFlat } from './carry-out-flat.ts'
import { RunError } from '../errors.ts'
import type { TokenEstimate } from '../estimate/estimate-tokens.ts'
import type { OpenStorage } from '../folder/run-storage.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunEvent } from './run-event.ts'
import { LocalRunner } from '../runners/local-runner.ts'
import type { TaskThread } from '../runners/task-thread-handle.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { publishHoles } from './publish-holes.ts'
import { takePlan } from './take-plan.ts'
import type { RunSegment } from '../task/task.ts'
import type { RunProvider } from '../plan/run-provider.ts'

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
  /** A thread beside each that does tasks hashes what is written. */
  readonly hashBeside?: boolean
  readonly segments: readonly RunSegment[]
  readonly estimate: TokenEstimate
  /** Sources that are holes from the start. @default none */
  readonly holes?: readonly Hole[]
  /** A sample of a larger run, done by all threads as that would be. @default false */
  readonly isSample?: boolean
  /** Bytes of ids of token files from one checkpoint to the next. @default 64 MiB */
  readonly checkpointBytes?: number
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** A corpus this small that makes no more than this is done before a thread has started. */
export const smallByteLength = { source: 4 << 20, output: 64 << 20 } as const

/** Carries one plan out in this process, into one folder. */
export async function runPlan(options: RunPlanOptions): Promise<RunSummary> {
  const {
    run,
    corpus,
    out,
    segments,
    estimate,
    provider,
    hashBeside = false,
    isSample = false,
    checkpointBytes,
    holes = [],
    signal,
    onEvent,
  } = options
  const { plan } = run
  const storage = options.openStorage(out)
  const started = performance.now()
  const { folder, sourceBytes, size } = await takePlan({ run, storage, corpus, estimate, onEvent })
  await publishHoles(folder.storage, run, segments, holes)
  const tasks = segments.length + Math.ceil(size.windows / plan.windowsPerPart)
  const isSmall =
    !isSample && sourceBytes <= smallByteLength.source && size.byteLength <= smallByteLength.output
  // A storage that lies only in this thread's memory, or behind its connection, is no place for others.
  const helpers =
    isSmall || storage.path === undefined ? [] : options.helpers.slice(0, Math.max(0, tasks - 1))
  const runner = new LocalRunner(
    { path: out, run, access: corpus.access, hashBeside, ...(provider && { provider }) },
    { helpers, storage, encoding: corpus.tokenizer.encoding },
  )
  try {
    const shared = { run, folder, segments, runner, signal, onEvent }
    const { manifest, tokens } = await carryOutPlan(shared, checkpointBytes)
    const used = runner.provider ?? null
    // All tasks are done: threads end beside the clean-up.
    await Promise.all([folder.finish(), runner.close()])
    const seconds = (performance.now() - started) / 1000
    const facts = { out, sourceBytes, seconds, provider: used }
    const summary = { ...(await summaryOf(storage, manifest, facts)), alreadyDone: false, tokens }
    onEvent({ event: 'done', ...(plan.split && { split: plan.split }), ...summary })
    return summary
  } catch (error) {
    if (signal.aborted)
      throw new RunError('aborted', `stopped; the same command resumes from what is in ${out}`)
    await runner.close()
    // Whatever the machine is to blame for leaves the folder: the next attempt resumes from it.
    if (blameOf(error) === 'input') await folder.abandon()
    throw error
  } finally {
    await runner.close()
  }
}

/** Makes windows, or token files, as the plan says. */
async function carryOutPlan(
  options: CarryOutOptions,
  checkpointBytes: number | undefined,
): Promise<{ readonly manifest: DatasetManifest | TokenManifest; readonly tokens: number | null }> {
  const { to } = options.run.plan.config
  if (to === null) return carryOut({ ...options, partsEarly: true })
  const manifest = await carryOutFlat({ ...options, format: to, checkpointBytes })
  return { manifest, tokens: manifest.totals.tokens }
}
