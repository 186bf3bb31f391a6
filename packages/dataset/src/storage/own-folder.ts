import fs from 'node:fs'
import { dirname } from 'node:path'
import { DatasetError, errnoOf } from '../errors.ts'

/**
 * Refuses a path below `root` if a folder on the way to it is a link or no folder: whoever put it there would choose where files
 * are written, read or deleted. The root itself is the caller's choice, and may be a link.
 *
 * @throws DatasetError `corrupt` naming the step
 */
export function refuseForeignSteps(root: string, path: string): void {
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    const stat = lstatOf(folder)
    if (stat !== undefined && !stat.isDirectory()) throw notAFolder(folder, stat)
  }
}

/** @throws DatasetError `corrupt` when something else than a folder has its name; nothing at all is fine */
export function refuseNonFolder(path: string): void {
  const stat = lstatOf(path)
  if (stat !== undefined && !stat.isDirectory()) throw notAFolder(path, stat)
}

/** What kind of entry a path is, for messages. */
export function kindOf(stat: fs.Stats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a named pipe'
  if (stat.isSocket()) return 'a socket'
  return stat.isFile() ? 'a file' : 'a device'
}

function lstatOf(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function notAFolder(path: string, stat: fs.Stats): DatasetError {
  return new DatasetError(
    'corrupt',
    `Expected ${path} to be a folder, got ${kindOf(stat)}; remove it, or use another folder`,
    { file: path },
  )
}
