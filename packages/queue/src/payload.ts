import { createHash } from 'node:crypto'
import { isPlainRelativePath } from '@sluice/confined-file'
import { runLimits, taskId, taskSchema, type Task } from '@sluice/pipeline'
import * as z from 'zod'
import { QueueError } from './errors.ts'

/** The name of the queue of runs, and of that of their tasks. */
export const queueNames = { runs: 'sluice-runs', tasks: 'sluice-tasks' } as const

/** Bytes of JSON that a job's data may have. A task is at most a few hundred. */
export const maxPayloadBytes: number = runLimits.jobBytes.default

/** Tasks that are done as one job, at most. */
export const maxTasksOfJob = 64

/** A run as a job: where its plan is, and nothing that the plan says already. */
export interface RunPayload {
  readonly version: 1
  /** The run's folder, relative to the data root. */
  readonly out: string
  readonly planId: string
  readonly segmentBytes: number
  /** How often the run was started again after it failed or was cancelled. */
  readonly attempt: number
  readonly cancelled: boolean
  /** For whoever lists runs: what the corpus is, and how big. */
  readonly label: string
  readonly sourceBytes: number
}

/** Tasks as a job: one, or several small ones that are done in order. */
export interface TaskPayload {
  readonly version: 1
  readonly runId: string
  readonly out: string
  readonly planId: string
  readonly tasks: readonly Task[]
}

const relativePath = z.string().max(1024).refine(isPlainRelativePath, 'Expected a plain relative path')
const planId = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()

const runSchema: z.ZodType<RunPayload> = z.strictObject({
  version: z.literal(1),
  out: relativePath,
  planId,
  segmentBytes: z.int().positive(),
  attempt: count,
  cancelled: z.boolean(),
  label: z.string().max(400),
  sourceBytes: count,
})

const taskPayloadSchema: z.ZodType<TaskPayload> = z.strictObject({
  version: z.literal(1),
  runId: z.string().max(64),
  out: relativePath,
  planId,
  tasks: z.array(taskSchema).min(1).max(maxTasksOfJob),
})

/** @throws QueueError `invalid-payload` */
export function parseRunPayload(data: unknown): RunPayload {
  return parse(runSchema, data)
}

/** @throws QueueError `invalid-payload` */
export function parseTaskPayload(data: unknown): TaskPayload {
  return parse(taskPayloadSchema, data)
}

function parse<T>(schema: z.ZodType<T>, data: unknown): T {
  const byteLength = Buffer.byteLength(JSON.stringify(data) ?? '')
  if (byteLength > maxPayloadBytes) {
    throw new QueueError(
      'invalid-payload',
      `Expected at most ${maxPayloadBytes} bytes of job data, got ${byteLength}`,
    )
  }
  const result = schema.safeParse(data)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new QueueError('invalid-payload', `Job data: \`${issue?.path.join('.')}\`: ${issue?.message}`)
}

/**
 * The id of a run: of a plan in a folder, so that the same corpus and configuration into the same folder is the same
 * run, whoever enqueues it.
 */
export function runIdOf(id: string, out: string): string {
  return `run-${digest([id, out]).slice(0, 16)}`
}

/**
 * The id of the job of some tasks. It carries the run: a job id that two runs shared would be done for only one of them. And
 * it carries all the tasks: whoever takes a run over groups what is left in other ways.
 */
export function taskJobId(runId: string, attempt: number, tasks: readonly Task[]): string {
  const ids = tasks.map(taskId)
  const [first = ''] = ids
  const more = ids.length === 1 ? '' : `-and-${ids.length - 1}-${digest(ids).slice(0, 12)}`
  return `${runId}.${attempt}.${first}${more}`
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
