import { realpath } from 'node:fs/promises'
import { manifestName, readRowManifest, sourceBytesOf } from '@sluice/dataset'
import {
  confineToRoot,
  defaultSegmentBytes,
  openPlannedSource,
  openRunStorage,
  planDatasets,
  RunError,
  RunFolder,
  type PlannedDataset,
  type SourceTable,
  type RunConfig,
  type RunEvent,
  type SourceAccess,
  type SplitName,
} from '@sluice/pipeline'
import { runIdOf, type RunPayload } from '../payload.ts'

/** What `RunClient.enqueue` is given. */
export interface EnqueueOptions {
  /** Sources are named relative to the data root, which must be the current folder. */
  readonly config: RunConfig
  /** The run's folder, relative to the data root. */
  readonly out: string
  /** The folder that workers see as their data root. */
  readonly root: string
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. @default 8 MiB */
  readonly segmentBytes?: number
  /** How remote sources are reached: here, once; workers read the copies in the run's folder. */
  readonly remote?: SourceAccess['remote']
  readonly signal?: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: RunEvent) => void
}

/** A run that is ready to be put on the queue. */
export interface PlannedEnqueue {
  readonly runId: string
  readonly payload: RunPayload
  /** The folder holds the dataset of this very run. */
  readonly isDone: boolean
  /** Of a split, which of its datasets. */
  readonly split?: SplitName
  /** Undoes what was written, if nothing was there before. */
  readonly abandon: () => Promise<void>
}

/**
 * Plans the runs of a corpus and takes their folders.
 *
 * @returns one; of a split the two of its datasets, in the order in which they are to be made
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function planEnqueue(options: EnqueueOptions): Promise<readonly PlannedEnqueue[]> {
  const { config, out, root, remote, onEvent = () => {} } = options
  const { signal = new AbortController().signal, segmentBytes = defaultSegmentBytes } = options
  await checkRoot(root)
  const dataRoot = await realpath(root)
  const path = await confineToRoot(out, dataRoot)
  const shared = { config, out: path, dataRoot, segmentBytes, signal, onEvent }
  const datasets = await planDatasets({ ...shared, ...(remote && { remote }) })
  const runs: PlannedEnqueue[] = []
  try {
    for (const dataset of datasets) {
      const { run, split, sources } = dataset
      const name = split === undefined ? out : `${out}/${split}`
      const isDone = await isDoneAlready(dataset, dataRoot, name)
      const folder = isDone ? undefined : (await dataset.take()).folder
      const payload: RunPayload = {
        ...{ out: name, segmentBytes, attempt: 0, cancelled: false, version: 1 },
        planId: run.planId,
        label: labelOf(sources),
        sourceBytes: sourceBytesOf(run.plan.sources),
      }
      const abandon = async (): Promise<void> => folder?.abandon()
      const runId = runIdOf(run.planId, name)
      runs.push({ runId, payload, isDone, ...(split && { split }), abandon })
      // What a worker will do with each source: better told now than by a failed run.
      const access = { path: dataset.out, dataRoot, roots: [root] }
      for (const source of isDone ? [] : sources) {
        await using _ = await openPlannedSource(source, access)
      }
    }
    return runs
  } catch (error) {
    for (const { abandon } of runs) await abandon()
    throw error
  }
}

/**
 * Says whether a folder holds the dataset of this very run, and clears up after it.
 *
 * @throws RunError `already-exists` where it holds another dataset
 */
async function isDoneAlready({ run, out }: PlannedDataset, dataRoot: string, name: string): Promise<boolean> {
  const storage = openRunStorage(out, dataRoot)
  if ((await storage.stat(manifestName)) === undefined) return false
  await RunFolder.taken(storage).finish()
  const { planId } = await readRowManifest(storage)
  if (planId === run.planId) return true
  throw new RunError('already-exists', `${name} already holds another dataset; choose another folder`)
}

/** Names are relative to the current folder here and to the root on workers: they must be the same. */
async function checkRoot(root: string): Promise<void> {
  const [here, there] = await Promise.all([realpath('.'), realpath(root)])
  if (here === there) return
  throw new RunError(
    'invalid-config',
    `Expected the current folder to be the data root ${there}, got ${here}`,
  )
}

function labelOf(sources: SourceTable): string {
  const [first = { name: '' }] = sources
  const more = sources.length > 1 ? ` and ${sources.length - 1} more` : ''
  return `${first.name.slice(-300)}${more}`
}
