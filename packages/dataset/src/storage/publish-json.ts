import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { DatasetError } from '../errors.ts'
import type { DatasetStorage } from './storage.ts'

/** JSON without a choice of form: RFC 8785, so that equal values are equal bytes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
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
  const staged = await storage.stage(name)
  try {
    await staged.write([bytes])
    if ((await staged.publish(name)) === 'created') return
  } finally {
    await staged.discard()
  }
  const present = await readAll(storage, name, bytes.byteLength + 1)
  if (Buffer.compare(present, bytes) === 0) return
  throw new DatasetError(
    'conflict',
    `${name} in ${storage.location} already holds another result: the folder belongs to another plan, ` +
      'or a task gave other bytes when it ran again; use an empty folder',
    { file: name },
  )
}

/** The first `limit` bytes of an object, all of it where it is shorter. */
export async function readAll(storage: DatasetStorage, name: string, limit: number): Promise<Uint8Array> {
  const handle = await storage.openRead(name)
  try {
    const bytes = new Uint8Array(Math.min(limit, handle.byteLength))
    await handle.read(bytes, 0)
    return bytes
  } finally {
    await handle.close()
  }
}
