import { readSmall } from './small-object.ts'
import type { DatasetStorage } from './storage.ts'

/** The first `limit` bytes of an object, all of it where it is shorter. */
export async function readAll(storage: DatasetStorage, name: string, limit: number): Promise<Uint8Array> {
  const handle = await storage.openRead(name)
  try {
    const bytes = new Uint8Array(Math.min(limit, handle.byteLength))
    await readSmall(handle, bytes, 0)
    return bytes
  } finally {
    await handle.close()
  }
}
