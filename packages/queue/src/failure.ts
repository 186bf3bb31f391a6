import { packError, unpackError, type PackedError } from '@sluice/errors'

/** Longest text that a failed job keeps: it is stored in the queue's memory. */
const maxLength = 2000

/**
 * Writes down why a job failed: a first line for people, `CorpusError invalid-utf8: …`, and a second one for
 * {@link parseFailure}, with the error as JSON, without its stack.
 */
export function formatFailure(error: unknown): string {
  const packed = withoutStacks(packError(error))
  const code = packed.sluice === undefined ? '' : ` ${packed.sluice.code}`
  const line = `${packed.name}${code}: ${packed.message}`.replaceAll(/\s+/g, ' ')
  const json = JSON.stringify(packed)
  if (line.length + json.length < maxLength) return `${line}\n${json}`
  // Too long a message or too many causes: what decides, and the beginning of the message, are kept.
  const { name, message, sluice } = packed
  const short = message.slice(0, maxLength / 4)
  const kept: PackedError = {
    ...{ name, message: short, facts: {} },
    ...(sluice && { sluice: { ...sluice, sentence: [short] } }),
  }
  return `${line.slice(0, maxLength / 4)}\n${JSON.stringify(kept)}`
}

/** Rebuilds the error whose failure was written down; any other text becomes the message of an Error. */
export function parseFailure(reason: string): Error {
  const packed = parsePacked(reason.slice(reason.indexOf('\n') + 1))
  return packed === undefined ? new Error(reason) : unpackError(packed)
}

/** Returns the line of a failure that is for people. */
export function failureLine(reason: string): string {
  return reason.split('\n', 1)[0] ?? ''
}

function withoutStacks({ name, message, facts, cause, sluice }: PackedError): PackedError {
  return {
    ...{ name, message, facts },
    ...(cause && { cause: withoutStacks(cause) }),
    ...(sluice && { sluice }),
  }
}

function parsePacked(text: string): PackedError | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value = JSON.parse(text) as PackedError
    return typeof value.name === 'string' && typeof value.message === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
