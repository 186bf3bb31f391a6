/** Longest text that a failed job keeps: it is stored in the queue's memory. */
const maxLength = 2000

/** Why a job failed, as one line that both a person and {@link parseFailure} read: `CorpusError invalid-utf8: …`. */
export function formatFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, maxLength)
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  return `${error.name}${code}: ${error.message}`.slice(0, maxLength)
}

/** An error with the name, code and message of the one whose failure was written down. */
export function parseFailure(reason: string): Error {
  const match = /^(\w*Error)(?: ([\w-]+))?: (.*)$/s.exec(reason)
  if (match === null) return new Error(reason)
  const [, name, code, message] = match
  const error = new Error(message)
  Object.defineProperty(error, 'name', { value: name })
  return code === undefined ? error : Object.assign(error, { code })
}
