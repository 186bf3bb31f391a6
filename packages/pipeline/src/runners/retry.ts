import { retryOf } from '@sluice/errors'
import { setTimeout as delay } from 'node:timers/promises'
import { isPoison, RunError } from '../errors.ts'
import { describeTask, type Task } from '../task/task.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunControl } from './task-runner.ts'

/** How often a task is tried, and how long is waited in between. */
export interface RetryPolicy {
  /** @default 3 */
  readonly attempts: number
  /** Wait before the second attempt, in milliseconds; doubled for each further one. @default 200 */
  readonly baseMs: number
  /** Longest wait, in milliseconds. @default 10000 */
  readonly capMs: number
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 3, baseMs: 200, capMs: 10_000 }

/** Whether trying again can help: not where the input, the disk's size or the caller is the cause. */
export function isWorthRetrying(error: unknown): boolean {
  return retryOf(error) === 'soon'
}

/** Milliseconds to wait before attempt `attempt` (the second is 2). */
export function backoffMs({ baseMs, capMs }: RetryPolicy, attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 2))
}

/**
 * Does `attempt` until it succeeds, a failure is not worth another try, or the attempts are used up.
 *
 * @throws RunError `poisonous-task` naming the task, with the last failure as its cause
 */
async function withRetries(
  task: Task,
  plan: Plan,
  policy: RetryPolicy,
  control: { readonly signal: AbortSignal; readonly onRetry: (task: Task, error: unknown) => void },
  attempt: () => Promise<unknown>,
): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      await attempt()
      return
    } catch (error) {
      if (control.signal.aborted || !isWorthRetrying(error)) throw error
      if (count >= policy.attempts) {
        const why = error instanceof Error ? error.message : String(error)
        const message = `${describeTask(task, plan)} failed ${count} times: ${why}`
        throw new RunError('poisonous-task', message, { cause: error })
      }
      control.onRetry(task, error)
      await delay(backoffMs(policy, count + 1), undefined, { signal: control.signal })
    }
  }
}

/** The same, but a task that is given up is no failure where `onPoison` goes on without it. */
export async function withPolicies(
  task: Task,
  plan: Plan,
  policy: RetryPolicy,
  control: Pick<RunControl, 'signal' | 'onRetry' | 'onPoison'>,
  attempt: () => Promise<unknown>,
): Promise<void> {
  try {
    await withRetries(task, plan, policy, control, attempt)
  } catch (error) {
    if (control.signal.aborted || !isPoison(error) || (await control.onPoison?.(task, error)) !== true)
      throw error
  }
}
