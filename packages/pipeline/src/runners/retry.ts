import { retryOf } from '@sluice/errors'
import { setTimeout as delay } from 'node:timers/promises'
import { mayBeLeftOut, RunError } from '../errors.ts'
import { describeTask, type Task } from '../task/task.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunControl } from './task-runner.ts'

/** Attempts that a task gets where nobody else tries again. */
export const defaultAttempts = 3
/** Milliseconds before the second attempt; doubled for each further one. */
const baseMs = 200

/** Whether trying again can help: not where the input, the disk's size or the caller is the cause. */
export function isWorthRetrying(error: unknown): boolean {
  return retryOf(error) === 'soon'
}

/** How a task is tried. */
type RetryControl = Pick<RunControl, 'signal' | 'onRetry'> & {
  /** @default {@link defaultAttempts} */
  readonly attempts?: number
}

/**
 * Does `attempt` until it succeeds, a failure is not worth another try, or the attempts are used up.
 *
 * @throws RunError `poisonous-task` naming the task, with the last failure as its cause
 */
async function withRetries(
  task: Task,
  plan: Plan,
  control: RetryControl,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const { attempts = defaultAttempts } = control
  for (let count = 1; ; count++) {
    try {
      await attempt()
      return
    } catch (error) {
      // Whoever tries once has somebody above who tries again: the failure is told as it is.
      if (control.signal.aborted || !isWorthRetrying(error) || attempts === 1) throw error
      if (count >= attempts) {
        const why = error instanceof Error ? error.message : String(error)
        const message = `${describeTask(task, plan)} failed ${count} times: ${why}`
        throw new RunError('poisonous-task', message, { cause: error })
      }
      control.onRetry(task, error)
      await delay(baseMs * 2 ** (count - 1), undefined, { signal: control.signal })
    }
  }
}

/** Retries a task; one that is given up is no failure where `onGivenUp` knows what to do in its place. */
export async function withPolicies(
  task: Task,
  plan: Plan,
  control: RetryControl & Pick<RunControl, 'onGivenUp'>,
  attempt: (task: Task) => Promise<unknown>,
): Promise<void> {
  try {
    await withRetries(task, plan, control, () => attempt(task))
  } catch (error) {
    if (control.signal.aborted || !mayBeLeftOut(error)) throw error
    const instead = await control.onGivenUp?.(task, error)
    if (instead === undefined) throw error
    for (const one of instead) await withPolicies(one, plan, control, attempt)
  }
}
