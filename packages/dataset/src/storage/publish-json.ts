import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { DatasetError } from '../errors.ts'
import { datasetLimits } from '../limits.ts'
import { publishBytes } from './publish-bytes.ts'
import type { DatasetStorage } from './storage.ts'

/**
 * JSON without a choice of form: RFC 8785, so that equal values are equal bytes. That refuses half surrogates, by which names of
 * files that are not UTF-8 are written: they are escaped, as `JSON.stringify` does it.
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined
  try {
    text = hasHalfSurrogates(value) ? canonicalWithHalves(value) : canonicalize(value)
  } catch (cause) {
    // Infinity, which JSON has as 1e999.
    throw new DatasetError('invalid-argument', `Expected a JSON value: ${String(cause)}`, { cause })
  }
  if (text === undefined) throw new DatasetError('invalid-argument', 'Expected a JSON value')
  return text
}

function hasHalfSurrogates(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => !key.isWellFormed() || hasHalfSurrogates(inner))
}

/** The same form for values that the library refuses: members in the order of their names' UTF-16 code units. */
function canonicalWithHalves(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalWithHalves).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).toSorted()
    const members = names.flatMap((name) => {
      const inner: unknown = Reflect.get(value, name)
      return inner === undefined ? [] : [`${JSON.stringify(name)}:${canonicalWithHalves(inner)}`]
    })
    return `{${members.join(',')}}`
  }
  return typeof value === 'string' ? JSON.stringify(value) : (canonicalize(value) ?? 'null')
}

/** sha256 of the canonical JSON of a value, in hexadecimal: how plans and schemas are identified. */
export function sha256OfJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/**
 * Publishes a value as canonical JSON, create-only: publishing the same value again is harmless.
 *
 * @throws DatasetError `conflict` when the name is taken by another value.
 */
export async function publishJson(storage: DatasetStorage, name: string, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(`${canonicalJson(value)}\n`)
  if (bytes.byteLength > datasetLimits.jsonBytes) {
    const message = `${name} would have ${bytes.byteLength} bytes, more than is read (${datasetLimits.jsonBytes}); use fewer, larger files`
    throw new DatasetError('invalid-argument', message, { file: name })
  }
  await publishBytes(storage, name, bytes)
}
