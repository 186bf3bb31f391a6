import { blameOf } from '@sluice/errors'
import { folderStorage } from '@sluice/dataset'
import { getEncoding, type Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { estimateTokens } from '../estimate/estimate-tokens.ts'
import { abandonSpool, refuseDataset } from '../folder/folder.ts'
import { planRun, type Plan } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunEvent } from './run-event.ts'
import { identifySources, planRunSegments } from '../sources/sources.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { takePlan, type TakenPlan } from './take-plan.ts'
import type { RunSegment } from '../task/task.ts'

/** What {@link prepareRun} is given. */
export interface PrepareOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. */
  readonly segmentBytes: number
  readonly remote?: SourceAccess['remote']
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** A run that is planned, its folder taken. */
export interface PreparedRun extends TakenPlan {
  readonly plan: Plan
  readonly segments: readonly RunSegment[]
}

/**
 * All that comes before the first task: identifies the sources, plans, sees that it fits on the disk, and takes the folder.
 *
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function prepareRun(options: PrepareOptions): Promise<PreparedRun> {
  const { config, out, signal, onEvent, remote } = options
  await refuseDataset(folderStorage(out), out)
  const access: SourceAccess = { path: out, ...(remote && { remote }) }
  if (config.split !== null) {
    const message =
      'A split makes two datasets, which is done in one process: use `sluice run`, or split beforehand'
    throw new RunError('invalid-config', message)
  }
  const { plan, encoding } = await planCorpus(config, access, signal)
  const segments = await planRunSegments(plan.sources, config, encoding, access, options.segmentBytes)
  const estimate = await estimateTokens(segments, plan.sources, config, encoding, access)
  const taken = await takePlan({ plan, out, estimate, onEvent })
  return { plan, segments, ...taken }
}

/**
 * Identifies the sources of a corpus and plans the run; nothing is written but copies of sources that are no files.
 *
 * @throws RunError, CorpusError
 */
export async function planCorpus(
  config: RunConfig,
  access: SourceAccess,
  signal: AbortSignal,
): Promise<{ readonly plan: Plan; readonly encoding: Encoding }> {
  const encoding = await getEncoding(config.encoding)
  const sources = await identifySources(config, access, signal).catch(async (error: unknown) => {
    if (blameOf(error) === 'input') await abandonSpool(access.path)
    throw error
  })
  return { plan: planRun(config, encoding, sources), encoding }
}
