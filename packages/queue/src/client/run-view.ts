import { failureLine } from '../failure.ts'
import type { Job } from 'bullmq'
import { QueueError } from '../errors.ts'
import { parseRunPayload, type RunPayload } from '../payload.ts'
import type { RunProgress } from '../worker/run-progress.ts'
import type { RunResult } from '../worker/coordinate-run.ts'

/**
 * - `waiting`: nobody coordinates it yet.
 * - `running`: a worker coordinates it.
 * - `retrying`: an attempt failed, and another will be made.
 * - `done`: the dataset is committed.
 * - `failed`, `cancelled`: nothing more happens until it is retried.
 * - `unknown`: the job is not one that this version of Sluice writes.
 */
export type RunState = 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'cancelled' | 'unknown'

/** A run as the queue knows it. */
export interface RunView {
  readonly runId: string
  readonly state: RunState
  /** The run's folder, relative to the data root. */
  readonly out: string
  readonly planId: string
  /** What the corpus is. */
  readonly label: string
  readonly sourceBytes: number
  readonly attempt: number
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number
  readonly finishedAt: number | undefined
  readonly progress: RunProgress | undefined
  readonly result: RunResult | undefined
  /** Why it failed, or why the last attempt did. */
  readonly reason: string | undefined
}

export async function viewRun(job: Job<RunPayload>): Promise<RunView> {
  const payload = parseRunPayload(job.data)
  const state = stateOf(await job.getState(), payload, job)
  const progress = job.progress as RunProgress | number
  return {
    runId: job.id ?? '',
    state,
    out: payload.out,
    planId: payload.planId,
    label: payload.label,
    sourceBytes: payload.sourceBytes,
    attempt: payload.attempt,
    enqueuedAt: job.timestamp,
    finishedAt: job.finishedOn,
    progress: typeof progress === 'object' ? progress : undefined,
    result: state === 'done' ? (job.returnvalue as RunResult) : undefined,
    reason: job.failedReason ? failureLine(job.failedReason) : undefined,
  }
}

/** Views a job of any version: one that this version does not understand is `unknown`, with the reason, and hides no other. */
export async function viewAnyRun(job: Job<RunPayload>): Promise<RunView> {
  try {
    return await viewRun(job)
  } catch (error) {
    if (!(error instanceof QueueError) || error.code !== 'invalid-payload') throw error
    return {
      ...{ runId: job.id ?? '', state: 'unknown', out: '', planId: '', label: '' },
      ...{ sourceBytes: 0, attempt: 0, enqueuedAt: job.timestamp, finishedAt: job.finishedOn },
      ...{ progress: undefined, result: undefined, reason: error.message },
    }
  }
}

function stateOf(state: string, { cancelled }: RunPayload, job: Job<RunPayload>): RunState {
  if (state === 'completed') return 'done'
  if (cancelled) return 'cancelled'
  if (state === 'failed') return 'failed'
  if (state === 'active') return 'running'
  return job.failedReason ? 'retrying' : 'waiting'
}
