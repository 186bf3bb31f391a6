import { performance } from 'node:perf_hooks'
import { prepareRun } from './prepare-run.ts'
import type { RunConfig } from './run-config.ts'
import type { RunEvent } from './run-event.ts'
import { runPlan, type RunSummary } from './run-plan.ts'
import { runSplit } from './run-split.ts'

/** What {@link runLocally} is given. */
export interface LocalRunOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** Worker threads. Changes nothing in the output. @default the number of cores */
  readonly threads?: number
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. @default 8 MiB */
  readonly segmentBytes?: number
  /** Stops the run at the next border; what is finished stays, and the same call goes on from there. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** Bytes of a source that are tokenized as one task, where nothing else is said. */
export const defaultSegmentBytes = 8 << 20

/**
 * Carries a run out in this process. Running it again after a stop or a crash goes on from what is finished.
 *
 * With a `split` the folder gets two datasets, in `train` and `validation`, and the summary is that of the one made last.
 *
 * @throws RunError, CorpusError, DatasetError; where the input is unusable, nothing is left behind
 */
export async function runLocally(options: LocalRunOptions): Promise<RunSummary> {
  const { out, segmentBytes = defaultSegmentBytes, onEvent = () => {} } = options
  const { signal = new AbortController().signal } = options
  const all = { ...options, segmentBytes, signal, onEvent, sourcesPath: out, started: performance.now() }
  return options.config.split === null ? runPlan(await prepareRun(all), all) : runSplit(all)
}
