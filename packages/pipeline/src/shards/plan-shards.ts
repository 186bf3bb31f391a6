import { prepareRun, type PreparedRun, type PrepareOptions } from '../run/prepare-run.ts'
import { evenParts } from '../task/part-task.ts'
import type { ShardStage } from './missing-tasks.ts'

/** A stage of a planned run. */
export interface PlannedStage {
  readonly stage: ShardStage
  /** Of parts about how many: their number is known when all tokens are counted. */
  readonly tasks: number
  /** Bytes that it reads (tokens) or about how many it writes (parts). */
  readonly byteLength: number
  /** A number of shards that batch engines take and that keeps all of them busy. */
  readonly shards: number
}

/** A run that is planned for shards. */
export interface ShardedRun extends PreparedRun {
  readonly stages: readonly PlannedStage[]
}

/** The largest array that Slurm takes where nobody has set another limit, less the one that counts from 0. */
const mostShards = 1000

/** Tasks of a shard at least, where there are so many: starting a job takes as long as some of them. */
const tasksPerShard = 4

/**
 * Plans a run whose tasks are done by the jobs of a batch engine. Planning it again changes nothing.
 *
 * @throws RunError, CorpusError; where the input is unusable, nothing is left behind
 */
export async function planForShards(options: PrepareOptions): Promise<ShardedRun> {
  const prepared = await prepareRun(options)
  const { segments, run, size, sourceBytes } = prepared
  const { tokensPerPart } = run.plan
  const byTokens = tokensPerPart === undefined ? 0 : Math.ceil(size.tokens / tokensPerPart)
  const parts = Math.max(1, byTokens, evenParts(run.plan, size.windows).count)
  const stages: readonly PlannedStage[] = [
    stageOf('tokens', segments.length, sourceBytes),
    stageOf('parts', parts, size.byteLength),
  ]
  return { ...prepared, stages }
}

function stageOf(stage: ShardStage, tasks: number, byteLength: number): PlannedStage {
  return { stage, tasks, byteLength, shards: Math.min(mostShards, Math.ceil(tasks / tasksPerShard)) }
}
