import { randomUUID } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { storageError } from '@sluice/dataset'

/** Enough that the disk is asked, little enough that nobody waits. */
const probeByteLength = 64 << 20
const chunkByteLength = 4 << 20

/**
 * Bytes a second that the disk of `path` (or of its nearest parent that exists) takes, fsync included: a file is
 * written there and removed.
 */
export async function measureWriteRate(path: string): Promise<number> {
  const folder = resolve(path)
  const probe = join(folder, `.sluice-probe-${randomUUID()}`)
  const chunk = new Uint8Array(chunkByteLength).fill(1)
  try {
    const handle = await open(probe, 'wx')
    try {
      const started = performance.now()
      for (let written = 0; written < probeByteLength; written += chunk.length) await handle.write(chunk)
      await handle.sync()
      return probeByteLength / ((performance.now() - started) / 1000)
    } finally {
      await handle.close()
      await unlink(probe)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder) {
      return measureWriteRate(dirname(folder))
    }
    throw storageError(error, 'measure the disk at', folder)
  }
}
