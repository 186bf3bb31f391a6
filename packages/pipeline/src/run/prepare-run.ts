import { join } from 'node:path'
import { isLocalLocator } from '@sluice/corpus'
import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import { estimateTokens, type TokenEstimate } from '../estimate/estimate-tokens.ts'
import { refuseDataset, refuseForeign } from '../folder/run-folder.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import type { SplitName } from '../plan/plan.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { withPlanningThreads } from '../runners/planning-threads.ts'
import type { RunEvent } from './run-event.ts'
import { cutCorpus } from '../sources/cut-corpus.ts'
import { publishSegments } from '../sources/segments-file.ts'
import { openCorpus, planCorpus, type Corpus } from '../sources/open-corpus.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import type { SourceTable } from '../sources/source-table.ts'
import { shareOf, splitNames } from './split-datasets.ts'
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
  readonly sources: SourceTable
}

/** A dataset that a corpus is planned for; nothing is written yet. */
export interface PlannedDataset {
  readonly run: PlannedRun
  /** Its folder. */
  readonly out: string
  /** Of a split, which of the two. */
  readonly split?: SplitName
  readonly sources: SourceTable
  /**
   * Sees that the disk has room, and takes the folder.
   *
   * @throws RunError; where the input is unusable, nothing is left behind
   */
  readonly take: () => Promise<PreparedRun>
}

/**
 * Does everything that precedes the first task: identifies the sources, plans, checks that the disk has room, takes the folder, and
 * publishes the plan and how the corpus is cut.
 *
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function prepareRun(options: PrepareOptions): Promise<PreparedRun> {
  if (options.config.split !== null) {
    const message =
      'A split makes two datasets, which shards are not planned for: use `sluice run` or `sluice enqueue`, or split beforehand'
    throw new RunError('invalid-config', message)
  }
  await refuseDataset(openRunStorage(options.out, options.dataRoot))
  const [dataset] = await planDatasets(options)
  return dataset!.take()
}

/**
 * Identifies the sources of a corpus and plans its dataset, or the two of a split, in the order in which they are to be made.
 *
 * @throws RunError, CorpusError
 */
export async function planDatasets(options: PrepareOptions): Promise<readonly PlannedDataset[]> {
  const { config, out, dataRoot, signal, onEvent, remote } = options
  const { split, to } = config
  if (to !== null) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('to')} to be left out, got ${to}: token files are written in one process, in order; use \`sluice run\``,
    )
  }
  if (split !== null && config.corpus.some((locator) => locator === '-' || !isLocalLocator(locator))) {
    const message =
      'A corpus that is downloaded or piped can be split by one process only: use `sluice run`, or make files of it first'
    throw new RunError('invalid-config', message)
  }
  const access: SourceAccess = { path: out, ...(dataRoot && { dataRoot }), ...(remote && { remote }) }
  const onHashing = (done: number, total: number): void => onEvent({ event: 'hashing', done, total })
  const corpus = await withPlanningThreads((threads) =>
    openCorpus(config, access, { signal, onHashing, threads }),
  )
  let measured: Promise<Measured> | undefined
  const measure = (): Promise<Measured> => (measured ??= measureCorpus(corpus, options.segmentBytes))
  const { sources } = corpus
  const planned = (folder: string, name: SplitName | undefined): PlannedDataset => {
    const run = planCorpus(corpus, name)
    const take = async (): Promise<PreparedRun> => {
      const { segments, estimate: whole } = await measure()
      const estimate = name === undefined ? whole : shareOf(whole, name, split?.validation ?? 0)
      const storage = openRunStorage(folder, dataRoot)
      const taken = await takePlan({ run, storage, corpus, estimate, onEvent })
      return { run, sources, ...taken, segments: await publishSegments(storage, run, segments) }
    }
    return { run, out: folder, sources, take, ...(name && { split: name }) }
  }
  if (split === null) return [planned(out, undefined)]
  await refuseForeign(openRunStorage(out, dataRoot), splitNames)
  return splitNames.map((name) => planned(join(out, name), name))
}

interface Measured {
  readonly segments: readonly RunSegment[]
  readonly estimate: TokenEstimate
}

async function measureCorpus(corpus: Corpus, segmentBytes: number): Promise<Measured> {
  const segments = await cutCorpus(corpus, segmentBytes)
  return { segments, estimate: await estimateTokens(corpus, segments) }
}
