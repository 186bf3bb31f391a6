import { lstatSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import type { FileSystem } from './file-system.ts'
import { syncFolder } from './folder-durability.ts'
import { holdFolder, makeFolder, type MadeFolder, type Place } from './own-folder.ts'

/** Where `link` is not supported (some FUSE and SMB mounts). */
const noLinkErrnos = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Where a file is made visible, and the folders in which something got a name on the way to its attempt. */
export interface Visibility extends Omit<MadeFolder, 'held'> {
  readonly fileSystem: FileSystem
  /** Trusted path. */
  readonly root: string
}

/**
 * Gives a file that is durable its published name, if that is free, and makes the names of all folders on the way durable.
 *
 * @returns `exists` when the name was taken
 */
export async function makeVisible(
  { fileSystem, root, ...before }: Visibility,
  from: Place,
  to: Place,
): Promise<'created' | 'exists'> {
  const { held, unsynced, madeIn } = makeFolder(fileSystem, root, to.folder)
  using home = held
  await syncNames({
    ...{ fileSystem, root },
    unsynced: [...before.unsynced, ...unsynced],
    madeIn: [...before.madeIn, ...madeIn],
  })
  using folder = holdFolder(root, from.folder)
  const outcome = await linkOrRename(fileSystem, folder.path(from.name), home.path(to.name))
  await syncFolder(fileSystem, home.self)
  return outcome
}

/** Makes the names that were made in folders durable. */
export async function syncNames({ fileSystem, root, unsynced, madeIn }: Visibility): Promise<void> {
  for (const path of new Set(unsynced)) await syncFolder(fileSystem, path)
  for (const folder of new Set(madeIn)) {
    using above = holdFolder(root, folder)
    await syncFolder(fileSystem, above.self)
  }
}

async function linkOrRename(
  fileSystem: FileSystem,
  from: string,
  target: string,
): Promise<'created' | 'exists'> {
  try {
    await fileSystem.link(from, target)
    return 'created'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST') return 'exists'
    if (errno === undefined || !noLinkErrnos.has(errno)) throw error
  }
  // `rename` would replace, but equal names mean equal bytes here, or are compared by the caller.
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return 'exists'
  await fileSystem.rename(from, target)
  return 'created'
}
