import type { Task } from '@sluice/pipeline'

/** Tasks on their way as one job, to be done in order. */
export interface TaskJob {
  readonly id: string
  readonly tasks: readonly Task[]
}

/** What a queue says about a job. `unknown` is a job that it does not have: done and gone, or lost. */
export type JobView =
  | { readonly state: 'unknown' }
  | { readonly state: 'pending'; readonly attempts: number; readonly lastFailure: string | undefined }
  | { readonly state: 'failed'; readonly reason: string }

/**
 * A place where tasks wait for somebody to do them. Nothing it says is trusted: it may lose jobs, do them twice, in any
 * order, and forget to tell. What it says only decides what is looked at next.
 */
export interface TaskQueue {
  /** Adds jobs. One that is there under its id stays as it is. */
  add(jobs: readonly TaskJob[]): Promise<void>
  /** One view for each id, in order. */
  look(ids: readonly string[]): Promise<readonly JobView[]>
  /** Takes jobs back that nobody has begun. */
  withdraw(ids: readonly string[]): Promise<void>
  /** Calls back with the ids of jobs that may be over. */
  onEnded(listener: (id: string) => void): Disposable
}
