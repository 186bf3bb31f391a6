import { createHash } from 'node:crypto'
import { isPlainRelativePath, taskId, taskSchema, type Task } from '@sluice/pipeline'
import * as z from 'zod'
import { QueueError } from './errors.ts'

/** The name of the queue of runs, and of that of their tasks. */
export const queueNames = { runs: 'sluice-runs', tasks: 'sluice-tasks' } as const

/** Bytes of JSON that a job's data may have. A task is a few hundred. */
export const maxPayloadBytes = 16_384

/** A run as a job: where its plan is, and nothing that the plan says already. */
export interface RunPayload {
  readonly version: 1
  /** The run's folder, relative to the data root. */
  readonly out: string
  readonly planId: string
  readonly segmentBytes: number
  /** How often the run was started anew after it failed or was cancelled. */
  readonly attempt: number
  readonly cancelled: boolean
  /** For whoever lists runs: what the corpus is, and how big. */
  readonly label: string
  readonly sourceBytes: number
}

/** A task as a job. */
export interface TaskPayload {
  readonly version: 1
  readonly runId: string
  readonly out: string
  readonly planId: string
  readonly task: Task
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
  task: taskSchema,
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
  return `run-${createHash('sha256')
    .update(JSON.stringify([id, out]))
    .digest('hex')
    .slice(0, 16)}`
}

/** The id of a task's job. It carries the run: a job id that two runs shared would be done for only one of them. */
export function taskJobId(runId: string, attempt: number, task: Task): string {
  return `${runId}.${attempt}.${taskId(task)}`
}
