import { RunError } from '../errors.ts'
import { estimateTokens } from '../estimate/estimate-tokens.ts'
import { refuseDataset } from '../folder/run-folder.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import type { PlannedSource } from '../plan/plan.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunEvent } from './run-event.ts'
import { cutCorpus } from '../sources/cut-corpus.ts'
import { openCorpus, planCorpus } from '../sources/open-corpus.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { takePlan, type TakenPlan } from './take-plan.ts'
import type { RunSegment } from '../task/task.ts'

/** What {@link prepareRun} is given. */
export interface PrepareOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** The trusted folder that `out` lies in, where somebody else named it. @default `out` itself is trusted */
  readonly dataRoot?: string
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. */
  readonly segmentBytes: number
  readonly remote?: SourceAccess['remote']
  readonly signal: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent: (event: RunEvent) => void
}

/** A run that is planned, its folder taken. */
export interface PreparedRun extends TakenPlan {
  readonly run: PlannedRun
  readonly segments: readonly RunSegment[]
  readonly sources: readonly PlannedSource[]
}

/**
 * Does everything that precedes the first task: identifies the sources, plans, checks that the disk has room, and takes the folder.
 *
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function prepareRun(options: PrepareOptions): Promise<PreparedRun> {
  const { config, out, dataRoot, signal, onEvent, remote } = options
  const storage = openRunStorage(out, dataRoot)
  await refuseDataset(storage)
  const access: SourceAccess = { path: out, ...(dataRoot && { dataRoot }), ...(remote && { remote }) }
  if (config.split !== null) {
    const message =
      'A split makes two datasets, which is done in one process: use `sluice run`, or split beforehand'
    throw new RunError('invalid-config', message)
  }
  const corpus = await openCorpus(config, access, { signal })
  const run = planCorpus(corpus)
  const segments = await cutCorpus(corpus, options.segmentBytes)
  const estimate = await estimateTokens(corpus, segments)
  const taken = await takePlan({ run, storage, corpus, estimate, onEvent })
  return { run, segments, sources: corpus.sources, ...taken }
}
