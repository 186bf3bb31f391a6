import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { DatasetError } from '../errors.ts'
import { datasetLimits } from '../limits.ts'
import { publishBytes } from './publish-bytes.ts'
import type { DatasetStorage } from './storage.ts'

/** JSON without a choice of form: RFC 8785, so that equal values are equal bytes. */
export function canonicalJson(value: unknown): string {
  let text: string | undefined
  try {
    text = canonicalize(value)
  } catch (cause) {
    // Infinity, which JSON has as 1e999, or half of a surrogate pair.
    throw new DatasetError('invalid-argument', `Expected a JSON value: ${String(cause)}`, { cause })
  }
  if (text === undefined) throw new DatasetError('invalid-argument', 'Expected a JSON value')
  return text
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
