import type { Shard } from '@sluice/pipeline'
import { CommandError } from '../errors.ts'

/** Where a batch engine says which job of an array this is. */
interface IndexVariable {
  readonly name: string
  /** The number of the first job. */
  readonly first: 0 | 1
}

/**
 * The variables that are read, in order: `SLUICE_SHARD` is anybody's, then Slurm, Kubernetes' indexed jobs, AWS Batch, SkyPilot,
 * torchrun and others, GNU parallel. Only the index is read: `SLURM_ARRAY_TASK_COUNT` is wrong once some jobs are submitted again.
 */
const indexVariables: readonly IndexVariable[] = [
  { name: 'SLUICE_SHARD', first: 0 },
  { name: 'SLURM_ARRAY_TASK_ID', first: 0 },
  { name: 'JOB_COMPLETION_INDEX', first: 0 },
  { name: 'AWS_BATCH_JOB_ARRAY_INDEX', first: 0 },
  { name: 'SKYPILOT_JOB_RANK', first: 0 },
  { name: 'RANK', first: 0 },
  { name: 'PARALLEL_SEQ', first: 1 },
]

/**
 * Returns the shard that `--shard` names: `3/32`, or `env/32`, where the index is in a variable of the batch engine.
 *
 * @param offset is added to the index, for arrays that do not begin at 0
 * @throws CommandError `invalid-option`, for an index that no shard has too: it shows a wrong submission
 */
export function shardOf(text: string, offset: number, environment: NodeJS.ProcessEnv): Shard {
  const [, from = '', total = ''] = /^(\d{1,9}|env)\/(\d{1,9})$/.exec(text) ?? []
  const count = Number(total)
  if (from === '' || count === 0) {
    throw refusal(`Expected \`--shard\` to be INDEX/COUNT or env/COUNT, such as 0/32, got \`${text}\``)
  }
  const { index, source } =
    from === 'env' ? indexFrom(environment) : { index: Number(from), source: '`--shard`' }
  const shifted = index + offset
  if (shifted >= 0 && shifted < count) return { index: shifted, count }
  const how = offset === 0 ? '' : ` and ${offset} by \`--shard-offset\``
  throw refusal(
    `Expected a shard from 0 to ${count - 1}, got ${shifted} (${index} from ${source}${how}); check how many jobs were submitted`,
  )
}

function indexFrom(environment: NodeJS.ProcessEnv): { readonly index: number; readonly source: string } {
  for (const { name, first } of indexVariables) {
    const value = environment[name]
    if (value === undefined || value === '') continue
    if (/^\d{1,9}$/.test(value)) return { index: Number(value) - first, source: name }
    throw refusal(`Expected the variable ${name} to be the number of a job, got \`${value}\``)
  }
  const names = indexVariables.map(({ name }) => name).join(', ')
  throw refusal(`Expected \`--shard env/…\` to find one of the variables ${names}; none is set`)
}

function refusal(message: string): CommandError {
  return new CommandError('invalid-option', message)
}
