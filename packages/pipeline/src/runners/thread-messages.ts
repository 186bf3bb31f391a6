import type { EncodingName } from '@sluice/tokenizer'
import type { ExecutorOptions } from '../execute/task-executor.ts'
import type { TaskOutcome } from '../execute/task-receipt.ts'
import type { Task } from '../task/task.ts'

/** What a task thread starts with. */
export interface ThreadStart {
  /** Folder of the process' cache of compiled code; undefined where it has none. */
  readonly compileCache: string | undefined
}

/**
 * What a task thread is told: `prepare` loads a tokenizer that its tasks will want, `assign` says what they are of, `do` is a
 * task and its number. `stop` ends a task at its next border, `close` the thread.
 */
export type ToThread =
  | { readonly prepare: EncodingName }
  | { readonly assign: ExecutorOptions }
  | { readonly do: Task; readonly number: number }
  | { readonly stop: number }
  | { readonly close: true }

/** What a task thread tells of a task. */
export type FromThread = { readonly number: number } & (
  | { readonly kind: 'progress'; readonly amount: number }
  | { readonly kind: 'written' }
  | { readonly kind: 'done'; readonly provider: string | undefined; readonly outcome: TaskOutcome }
  | { readonly kind: 'failed'; readonly error: ThrownError }
)

/** An error as it crosses threads: structured clone keeps neither its class nor its own fields. */
export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly fields: Readonly<Record<string, string | number | undefined>>
}

const carriedFields = ['code', 'file', 'position', 'source'] as const

export function packError(error: unknown): ThrownError {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, fields: {} }
  const fields: Record<string, string | number | undefined> = {}
  for (const field of carriedFields) {
    const value: unknown = Reflect.get(error, field)
    if (typeof value === 'string' || typeof value === 'number') fields[field] = value
  }
  return { name: error.name, message: error.message, stack: error.stack, fields }
}

/** An error with the name, message, code and facts of the one that was packed. */
export function unpackError({ name, message, stack, fields }: ThrownError): Error {
  const error = new Error(message)
  Object.defineProperty(error, 'name', { value: name })
  if (stack !== undefined) error.stack = stack
  return Object.assign(error, fields)
}
