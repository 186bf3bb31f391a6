import type { Task, TaskOutcome } from '@sluice/pipeline'

/** What happens in a worker, for logs and metrics. */
export type WorkerEvent =
  | {
      readonly event: 'task-done'
      readonly runId: string
      readonly jobId: string
      /** Names the task within its run. */
      readonly taskId: string
      readonly task: Task
      readonly outcome: TaskOutcome
      readonly seconds: number
      /** It had its receipt already. */
      readonly found: boolean
    }
  | {
      readonly event: 'task-failed'
      readonly runId: string
      readonly jobId: string
      readonly reason: string
      /** It will be tried again. */
      readonly again: boolean
    }
  | { readonly event: 'task-returned'; readonly runId: string; readonly jobId: string }
  | { readonly event: 'run-started'; readonly runId: string; readonly out: string }
  | {
      readonly event: 'run-committed'
      readonly runId: string
      readonly seconds: number
      /** Rows. */
      readonly windows: number
      /** Absent where rows are windows. */
      readonly per?: 'document'
    }
  | { readonly event: 'run-failed'; readonly runId: string; readonly reason: string; readonly again: boolean }
  | { readonly event: 'retry'; readonly runId: string; readonly task: string; readonly why: string }
  | { readonly event: 'stalled'; readonly jobId: string }
  | { readonly event: 'lock-lost'; readonly jobIds: readonly string[] }
  | { readonly event: 'braked'; readonly queue: string; readonly why: string; readonly seconds: number }
  | { readonly event: 'error'; readonly queue: string; readonly error: Error }
