import { availableParallelism } from 'node:os'
import { estimateTokens } from '../estimate/estimate-tokens.ts'
import { manifestName, windowsPerPartOf, type Hole } from '@sluice/dataset'
import { runNames } from '../folder/names.ts'
import { findFinished, summarizeFinished } from './finished-run.ts'
import { refuseDataset } from '../folder/run-folder.ts'
import { openRunStorage, type OpenStorage } from '../folder/run-storage.ts'
import type { SplitName } from '../plan/plan.ts'
import { identifyPlan, type PlannedRun } from '../plan/planned-run.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunEvent } from './run-event.ts'
import { runPlan, smallByteLength } from './run-plan.ts'
import type { RunSummary } from './run-summary.ts'
import { runSplit } from './run-split.ts'
import { cutCorpus } from '../sources/cut-corpus.ts'
import { perSourceBytes } from '../sources/source-weight.ts'
import { openCorpus, planCorpus } from '../sources/open-corpus.ts'
import { TaskThread } from '../runners/task-thread-handle.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import type { RunTokenizer } from '../tokenizer/run-tokenizer.ts'
import { mostThreadsOf, type RunProvider } from '../plan/run-provider.ts'

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
  /** Bytes of ids of token files after which a stop loses nothing before. Changes nothing in the output. @default 64 MiB */
  readonly checkpointBytes?: number
  /**
   * About how many bytes a part has, for a sample of a run that is larger: the dataset is another one than without this, and all threads
   * work on it, as small as it may be. Parts of rows that are documents have their own size.
   *
   * @default 128 MiB; more where a corpus would have very many parts
   */
  readonly partByteLength?: number
  /**
   * What `out` means. A storage without a `path` is reached by the calling thread alone, and copies of downloads need one.
   *
   * @default folders of the file system
   */
  readonly openStorage?: OpenStorage
  /** The run's tokenizer, where the caller has it. @default loaded as `config` says */
  readonly tokenizer?: RunTokenizer
  /**
   * Sources to leave out as holes before anything of them is tokenized, as a dataset of the same corpus has them. The configuration
   * must leave holes. @default none
   */
  readonly holes?: readonly Hole[]
  /** Folders and files that local sources must lie in, however they are named. @default anywhere */
  readonly within?: readonly string[]
  /** Stops the run at the next border; what is finished stays, and the same call resumes from there. */
  readonly signal?: AbortSignal
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: RunEvent) => void
}

/** Upper bound of `threads`; more is surely a typo. */
const mostThreads = 1024

/** Bytes of a source that are tokenized as one task, where nothing else is said. */
export const defaultSegmentBytes = 8 << 20

/**
 * Carries a run out in this process. Running it again after a stop or a crash resumes from what is finished; a dataset that
 * is complete stays as it is, and its summary is returned.
 *
 * With a `split` the folder gets two datasets, in `train` and `validation`, and the summary is the first one's.
 *
 * @throws RunError, CorpusError, DatasetError; where the input is unusable, nothing is left behind
 */
export async function runLocally(options: LocalRunOptions): Promise<RunSummary> {
  const wanted = options.threads ?? availableParallelism()
  const threads = Math.min(wanted, mostThreads, mostThreadsOf(options.provider))
  const helpers = Array.from({ length: threads - 1 }, () => new TaskThread())
  try {
    return await planAndRun(options, helpers, availableParallelism() >= 2 * threads)
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
}

async function planAndRun(
  options: LocalRunOptions,
  helpers: readonly TaskThread[],
  hashBeside: boolean,
): Promise<RunSummary> {
  const { config, out, provider, tokenizer, within, partByteLength, onEvent = () => {} } = options
  const { signal = new AbortController().signal } = options
  const { openStorage = (path) => openRunStorage(path, undefined, hashBeside) } = options
  const access: SourceAccess = { path: out, ...(within && { within }) }
  const segmentBytes = options.segmentBytes ?? defaultSegmentBytes
  const onReached = (byteLength: number, count: number): void => {
    // Threads start while the corpus is read and planned: they would be waited for afterwards.
    // No more of them than there are segments: further ones start when a task comes for them.
    const weight = byteLength + count * perSourceBytes
    const useful = byteLength > smallByteLength.source ? Math.ceil(weight / segmentBytes) - 1 : 0
    // They read a tokenizer that was given, or of which more is said than a path, from the run's folder, once it is there.
    const isNamed =
      tokenizer === undefined && config.format !== 'ids' && config.tokenizerPattern === undefined
    if (isNamed) for (const helper of helpers.slice(0, useful)) helper.prepare(config)
  }
  const onHashing = (done: number, total: number): void => onEvent({ event: 'hashing', done, total })
  const corpus = await openCorpus(config, access, {
    ...{ signal, onReached, onHashing, threads: helpers },
    ...(tokenizer && { tokenizer }),
    ...(provider && { provider }),
  })
  const planOf = (split?: SplitName): PlannedRun => {
    const planned = planCorpus(corpus, split)
    if (partByteLength === undefined) return planned
    const windowsPerPart = windowsPerPartOf(planned.plan.layout, partByteLength)
    return identifyPlan({ ...planned.plan, windowsPerPart })
  }
  if (config.split === null) {
    const storage = openStorage(out)
    const finished = await findFinished(storage, planOf().planId)
    if (finished !== undefined) {
      const summary = await summarizeFinished(storage, finished, out)
      onEvent({ event: 'done', ...summary })
      return summary
    }
    await storage.stat(manifestName).then((found) => found && storage.removeFolder(runNames.spool))
    await refuseDataset(storage)
  }
  const segments = await cutCorpus(corpus, segmentBytes)
  const estimate = await estimateTokens(corpus, segments)
  const shared = {
    ...{ corpus, out, openStorage, signal, onEvent, segments, estimate, helpers, hashBeside },
    ...(provider && { provider }),
    ...(options.holes && { holes: options.holes }),
    isSample: partByteLength !== undefined,
    ...(options.checkpointBytes !== undefined && { checkpointBytes: options.checkpointBytes }),
  }
  return config.split === null ? runPlan({ ...shared, run: planOf() }) : runSplit(shared, planOf)
}
