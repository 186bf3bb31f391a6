import type { DatasetStorage } from '@sluice/dataset'
import { checkFreeSpace } from '../estimate/free-space.ts'
import type { TokenEstimate } from '../estimate/estimate-tokens.ts'
import { RunFolder } from '../folder/run-folder.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { openPlannedSource } from '../sources/source-access.ts'
import { isSmallSource } from '../sources/small-sources.ts'
import { byteLengthOf } from '../sources/source-table.ts'
import { refuseChangedSource } from '../sources/unchanged-source.ts'
import type { RunSize } from '../estimate/run-size.ts'
import { publishTokenizer } from '../tokenizer/tokenizer-copy.ts'
import { publishInputs } from './inputs-file.ts'
import type { RunEvent } from './run-event.ts'
import { publishReferences, publishTables } from '../tables/make-tables.ts'
import { publishModel } from '../model/publish-model.ts'
import { runSizeOf } from '../estimate/run-size.ts'

/** What {@link takePlan} is given. */
export interface TakePlanOptions {
  readonly run: PlannedRun
  /** Where the dataset goes. */
  readonly storage: DatasetStorage
  readonly corpus: Corpus
  readonly estimate: TokenEstimate
  readonly onEvent: (event: RunEvent) => void
}

/** A plan whose folder is taken: the first task may begin. */
export interface TakenPlan {
  readonly folder: RunFolder
  /** Bytes of all sources. */
  readonly sourceBytes: number
  readonly size: RunSize
}

/**
 * Tells what a plan will take, sees that it fits on the disk, and takes the folder for it.
 *
 * @throws RunError `no-space`, `already-exists` or `not-empty`, before anything is written
 */
export async function takePlan({
  run,
  storage,
  corpus,
  estimate,
  onEvent,
}: TakePlanOptions): Promise<TakenPlan> {
  const { plan, planId } = run
  const { split } = plan
  const { sources } = corpus
  const sourceBytes = byteLengthOf(sources)
  const size = runSizeOf(plan, estimate, estimate.exact)
  const { to } = plan.config
  const about = { planId, ...(split && { split }), ...(to !== null && { to }) }
  const { inputs, tokenizer } = corpus
  const { marks } = tokenizer
  onEvent({ event: 'planned', ...about, sources: sources.length, sourceBytes, size, inputs, marks })
  await checkFreeSpace(storage, size, { to })
  const folder = await RunFolder.take(storage, run, corpus.listed.files)
  try {
    await publishTokenizer(storage, tokenizer)
    await publishModel(storage, corpus.model)
    await publishReferences(storage, run, corpus.model)
    await publishTables(storage, run, corpus.tables)
    await publishInputs(storage, inputs)
    // From now on a task compares with the time of `plan.json`. What changed between hashing and now is found here, but for small
    // sources, which are hashed again when they are read.
    for (const planned of sources) {
      if (isSmallSource(planned)) continue
      await using source = await openPlannedSource(planned, corpus.access)
      await refuseChangedSource(planned, source, corpus.openedMs)
    }
  } catch (error) {
    await folder.abandon()
    throw error
  }
  return { folder, sourceBytes, size }
}
