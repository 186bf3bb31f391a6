import { realpath } from 'node:fs/promises'
import { manifestName, readManifest, sourceBytesOf } from '@sluice/dataset'
import {
  confineToRoot,
  defaultSegmentBytes,
  openCorpus,
  openPlannedSource,
  openRunStorage,
  planCorpus,
  prepareRun,
  RunError,
  RunFolder,
  type PlannedRun,
  type PlannedSource,
  type RunConfig,
  type RunEvent,
  type SourceAccess,
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
  /** Undoes what was written, if nothing was there before. */
  readonly abandon: () => Promise<void>
}

/** @throws RunError, CorpusError */
export async function planEnqueue(options: EnqueueOptions): Promise<PlannedEnqueue> {
  const { config, out, root, remote, onEvent = () => {} } = options
  const { signal = new AbortController().signal, segmentBytes = defaultSegmentBytes } = options
  await checkRoot(root)
  const dataRoot = await realpath(root)
  const path = await confineToRoot(out, dataRoot)
  const storage = openRunStorage(path, dataRoot)
  const shared = { out, segmentBytes, attempt: 0, cancelled: false, version: 1 } as const
  const payloadOf = ({ plan, planId }: PlannedRun, sources: readonly PlannedSource[]): RunPayload => ({
    ...shared,
    planId,
    label: labelOf(sources),
    sourceBytes: sourceBytesOf(plan.sources),
  })
  if ((await storage.stat(manifestName)) !== undefined) {
    const corpus = await openCorpus(config, { path, dataRoot, ...(remote && { remote }) }, { signal })
    await RunFolder.taken(storage).finish()
    const { planId } = await readManifest(storage)
    const payload = payloadOf(planCorpus(corpus), corpus.sources)
    if (payload.planId !== planId) {
      throw new RunError('already-exists', `${out} already holds another dataset; choose another folder`)
    }
    return { runId: runIdOf(planId, out), payload, isDone: true, abandon: async () => {} }
  }
  const { run, folder, sources } = await prepareRun({
    config,
    out: path,
    dataRoot,
    segmentBytes,
    signal,
    onEvent,
    ...(remote && { remote }),
  })
  const abandon = (): Promise<void> => folder.abandon()
  try {
    // What a worker will do with each source: better told now than by a failed run.
    for (const source of sources) {
      await using _ = await openPlannedSource(source, { path, dataRoot, roots: [root] })
    }
  } catch (error) {
    await abandon()
    throw error
  }
  const payload = payloadOf(run, sources)
  return { runId: runIdOf(payload.planId, out), payload, isDone: false, abandon }
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

function labelOf(sources: readonly PlannedSource[]): string {
  const [first = { name: '' }] = sources
  const more = sources.length > 1 ? ` and ${sources.length - 1} more` : ''
  return `${first.name.slice(-300)}${more}`
}
