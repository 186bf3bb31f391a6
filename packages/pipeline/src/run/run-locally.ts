import { blameOf } from '@sluice/errors'
import { folderStorage } from '@sluice/dataset'
import { getEncoding } from '@sluice/tokenizer'
import { availableParallelism } from 'node:os'
import { estimateTokens } from '../estimate/estimate-tokens.ts'
import { abandonSpool, refuseDataset } from '../folder/folder.ts'
import { planRun } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunEvent } from './run-event.ts'
import { runPlan, smallByteLength, type RunSummary } from './run-plan.ts'
import { runSplit } from './run-split.ts'
import { identifySources, planRunSegments } from '../sources/sources.ts'
import { TaskThread } from '../runners/task-thread-handle.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import type { RunProvider } from '../plan/run-provider.ts'

/** What {@link runLocally} is given. */
export interface LocalRunOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** Threads that do the work, the calling one among them. Changes nothing in the output. @default the number of cores */
  readonly threads?: number
  /** What looks embeddings up. Changes nothing in the output. @default `wasm` for tables up to 128 MiB, else `cpu` */
  readonly provider?: RunProvider
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. @default 8 MiB */
  readonly segmentBytes?: number
  /** Stops the run at the next border; what is finished stays, and the same call goes on from there. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** More threads than any machine has processors for would only be a slip of the hand. */
const mostThreads = 1024

/** Bytes of a source that are tokenized as one task, where nothing else is said. */
export const defaultSegmentBytes = 8 << 20

/**
 * Carries a run out in this process. Running it again after a stop or a crash goes on from what is finished.
 *
 * With a `split` the folder gets two datasets, in `train` and `validation`, and the summary is the first one's.
 *
 * @throws RunError, CorpusError, DatasetError; where the input is unusable, nothing is left behind
 */
export async function runLocally(options: LocalRunOptions): Promise<RunSummary> {
  const { out } = options
  await refuseDataset(folderStorage(out), out)
  const threads = options.threads ?? availableParallelism()
  const helpers = Array.from({ length: Math.min(threads, mostThreads) - 1 }, () => new TaskThread())
  try {
    return await planAndRun(options, helpers)
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
}

async function planAndRun(options: LocalRunOptions, helpers: readonly TaskThread[]): Promise<RunSummary> {
  const { config, out, provider, signal = new AbortController().signal, onEvent = () => {} } = options
  const access: SourceAccess = { path: out }
  const segmentBytes = options.segmentBytes ?? defaultSegmentBytes
  const sources = await identifySources(config, access, signal, (byteLength) => {
    // Threads start while the corpus is read and planned: they would be waited for afterwards.
    // No more of them than there are segments: further ones start when a task comes for them.
    const useful = byteLength > smallByteLength.source ? Math.ceil(byteLength / segmentBytes) - 1 : 0
    for (const helper of helpers.slice(0, useful)) helper.prepare(config.encoding)
  }).catch(async (error: unknown) => {
    if (blameOf(error) === 'input') await abandonSpool(out)
    throw error
  })
  const encoding = await getEncoding(config.encoding)
  const segments = await planRunSegments(sources, config, encoding, access, segmentBytes)
  const estimate = await estimateTokens(segments, sources, config, encoding, access)
  const shared = {
    ...{ out, signal, onEvent, access, segments, estimate, helpers, encoding },
    ...(provider && { provider }),
  }
  if (config.split !== null) return runSplit(shared, (split) => planRun(config, encoding, sources, split))
  return runPlan({ ...shared, plan: planRun(config, encoding, sources) })
}
