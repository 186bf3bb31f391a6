import type { Handling } from './handling.ts'
import type { Sentence } from './sentence.ts'
import { isSluiceError, SluiceError, type Hint } from './sluice-error.ts'

/** An error as plain JSON, to cross threads, processes and queues: structured clone keeps neither class nor fields. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Further fields with plain values, such as `file` and `position`. */
  readonly facts: Readonly<Record<string, string | number | boolean>>
  readonly cause?: PackedError
  /** What only errors of Sluice have. */
  readonly sluice?: Handling & {
    readonly code: string
    readonly sentence: Sentence
    readonly hint?: Hint
  }
}

/** Causes kept below an error: deeper ones tell nobody anything. */
const maxCauses = 4

const ownFields = new Set([
  'name',
  'message',
  'stack',
  'cause',
  'code',
  'blame',
  'retry',
  'isolated',
  'sentence',
  'hint',
])

/** Turns an error into plain JSON, with its code, blame, hint and up to four causes. */
export function packError(error: unknown, causes: number = maxCauses): PackedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), facts: {} }
  const facts: Record<string, string | number | boolean> = {}
  for (const [field, value] of Object.entries(error)) {
    if (ownFields.has(field) && !(field === 'code' && !isSluiceError(error))) continue
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      facts[field] = value
  }
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    facts,
    ...(error.cause !== undefined && causes > 0 && { cause: packError(error.cause, causes - 1) }),
    ...(isSluiceError(error) && { sluice: packSluice(error) }),
  }
}

function packSluice({
  code,
  blame,
  retry,
  isolated,
  sentence,
  hint,
}: SluiceError): NonNullable<PackedError['sluice']> {
  return { code, blame, retry, isolated, sentence, ...(hint !== undefined && { hint }) }
}

/** An error that was thrown in another thread or process: everything but its class is as it was there. */
class CarriedError extends SluiceError {
  override readonly name: string

  constructor(name: string, packed: NonNullable<PackedError['sluice']>, cause: unknown) {
    super(packed.code, packed, packed.sentence, { ...(packed.hint && { hint: packed.hint }), cause })
    this.name = name
  }
}

/** Rebuilds the error of {@link packError}. `instanceof` no longer tells its class; code, blame and facts do. */
export function unpackError({ name, message, stack, facts, cause, sluice }: PackedError): Error {
  const because = cause === undefined ? undefined : unpackError(cause)
  const error =
    sluice === undefined
      ? new Error(message, because && { cause: because })
      : new CarriedError(name, sluice, because)
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name })
  if (stack !== undefined) error.stack = stack
  return Object.assign(error, facts)
}
