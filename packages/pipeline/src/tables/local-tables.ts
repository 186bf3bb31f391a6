import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DatasetStorage } from '@sluice/dataset'
import { runNames } from '../folder/names.ts'

/** The tables as local files: what looks embeddings up maps them into memory. */
export interface LocalTables {
  readonly directory: string
  /** Removes copies. */
  close(): Promise<void>
}

/** Bytes copied at a time. */
const chunkByteLength = 4 << 20

/** Makes the tables of a run local files: where they lie, or copies where the storage has no files. */
export async function openLocalTables(
  storage: DatasetStorage,
  names: readonly string[],
): Promise<LocalTables> {
  if (storage.path !== undefined) {
    // They are opened by path: what is no file of the run's own, such as a link that leads out, is refused first.
    for (const name of names) await (await storage.openRead(`${runNames.tables}/${name}`)).close()
    return { directory: join(storage.path, runNames.tables), close: async () => {} }
  }
  const directory = await mkdtemp(join(tmpdir(), 'sluice-tables-'))
  const close = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    for (const name of names)
      await pipeline(
        readObject(storage, `${runNames.tables}/${name}`),
        createWriteStream(join(directory, name)),
      )
    return { directory, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* readObject(storage: DatasetStorage, name: string): AsyncGenerator<Uint8Array, void, void> {
  const handle = await storage.openRead(name)
  try {
    for (let at = 0; at < handle.byteLength; at += chunkByteLength) {
      const chunk = new Uint8Array(Math.min(chunkByteLength, handle.byteLength - at))
      await handle.read(chunk, at)
      yield chunk
    }
  } finally {
    await handle.close()
  }
}
