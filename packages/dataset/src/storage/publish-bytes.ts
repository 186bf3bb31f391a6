import { DatasetError } from '../errors.ts'
import { readAll } from './read-all.ts'
import type { DatasetStorage } from './storage.ts'

/**
 * Publishes bytes, create-only: publishing the same again is harmless.
 *
 * @throws DatasetError `conflict` when the name is taken by others.
 */
export async function publishBytes(storage: DatasetStorage, name: string, bytes: Uint8Array): Promise<void> {
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
