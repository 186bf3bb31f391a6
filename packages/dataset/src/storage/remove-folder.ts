import fs from 'node:fs'
import { ConfinedFolder } from '@sluice/confined-file'
import { errnoOf } from '../errors.ts'
import { holdFolder, placeOf } from './own-folder.ts'

/** Attempts at a folder that other processes may still write to. */
const attempts = 3

/**
 * Removes a folder of a dataset with all that is in it. Links are removed, and what they lead to is left alone, whatever is
 * swapped meanwhile; a folder that is gone is fine.
 */
export async function removeFolderIn(root: string, folder: string): Promise<void> {
  const place = placeOf(folder)
  for (let attempt = 1; ; attempt++) {
    try {
      using held = holdFolder(root, place.folder)
      await using parent = await ConfinedFolder.open(held.self)
      return await parent.remove(place.name)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return
      // Something was put there, or swapped for a link, between two steps.
      if ((errno !== 'ENOTEMPTY' && errno !== 'not-a-folder') || attempt === attempts) throw error
    }
  }
}

/** Removes a folder if it is empty. */
export async function removeEmptyFolder(root: string, folder: string): Promise<void> {
  const place = placeOf(folder)
  try {
    if (folder === '') return await fs.promises.rmdir(root)
    using held = holdFolder(root, place.folder)
    await fs.promises.rmdir(held.path(place.name))
  } catch {
    // Not empty, or gone: as it may be.
  }
}
