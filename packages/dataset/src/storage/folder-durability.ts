import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { FileSystem } from './file-system.ts'

/**
 * Creates a folder of a trusted path and its missing parents; another process may do the same at the same time.
 *
 * @returns the folders that got a new name in them, which must be synced before the new folders are durable.
 */
export function ensureFolder(fileSystem: FileSystem, path: string): string[] {
  if (existsSync(path)) return []
  const parent = dirname(path)
  const changed = parent === path ? [] : ensureFolder(fileSystem, parent)
  try {
    fileSystem.mkdirSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  return [...changed, parent]
}

/**
 * Makes the names in a folder durable (PostgreSQL's `durable_rename` does the same).
 * Windows cannot open folders, and some network mounts answer EINVAL: there the file system decides.
 */
export async function syncFolder(fileSystem: FileSystem, path: string): Promise<void> {
  if (process.platform === 'win32') return
  const fd = await fileSystem.open(path, 'r')
  try {
    await fileSystem.fsync(fd)
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error
  } finally {
    await fileSystem.close(fd)
  }
}
