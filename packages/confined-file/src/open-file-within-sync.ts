import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync } from 'node:fs'
import { isInside, leadsOutside, notAFile } from './open-confined-file.ts'
import { namesWhatIsOpen, noFollow, pathOfDescriptor, pathOnly } from './opened-path.ts'

/**
 * Opens a file by any path for reading, if it lies in one of these places: the twin of {@link openFileWithin} for code that cannot
 * wait.
 *
 * @param path a path that somebody else may have chosen; links are followed
 * @param places trusted paths: files that may be read, and folders in which every file may. Those that are not there allow nothing
 * @returns its descriptor
 * @throws ConfinedFileError `leads-outside`, `not-a-file`; errors of the system, such as `ENOENT`
 */
export function openFileWithinSync(path: string | Buffer, places: readonly string[]): number {
  const found = openSync(path, pathOnly)
  try {
    const place = realPathOf(found, path)
    for (const allowed of places) {
      const home = placeOf(allowed)
      if (home !== undefined && (place === home || isInside(home, place))) return reopen(found, place)
    }
    throw leadsOutside(path.toString())
  } finally {
    closeSync(found)
  }
}

function placeOf(path: string): string | undefined {
  try {
    const opened = openSync(path, pathOnly)
    try {
      return realPathOf(opened, path)
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

/** Opens for reading what was opened to be looked at, if it is a file. */
function reopen(found: number, place: string): number {
  const before = fstatSync(found)
  if (!before.isFile()) throw notAFile(place)
  if (namesWhatIsOpen) return openSync(pathOfDescriptor(found), constants.O_RDONLY)
  const again = openSync(place, constants.O_RDONLY | noFollow)
  const after = fstatSync(again)
  if (before.dev === after.dev && before.ino === after.ino) return again
  closeSync(again)
  throw leadsOutside(place)
}

function realPathOf(descriptor: number, path: string | Buffer): string {
  return namesWhatIsOpen ? readlinkSync(pathOfDescriptor(descriptor)) : realpathSync(path)
}
