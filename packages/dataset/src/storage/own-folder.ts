import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfinedFileError, HeldFolder } from '@sluice/confined-file'
import { DatasetError, errnoOf } from '../errors.ts'
import { ensureFolder } from './folder-durability.ts'
import type { FileSystem } from './file-system.ts'

/** An entry of a dataset's folder, by the folder it is in. */
export interface Place {
  /** Folder below the root, `''` for the root itself. */
  readonly folder: string
  readonly name: string
}

/** Takes a name of the dataset apart. */
export function placeOf(name: string): Place {
  const cut = name.lastIndexOf('/')
  return { folder: name.slice(0, Math.max(0, cut)), name: name.slice(cut + 1) }
}

/**
 * Holds a folder of a dataset open. The root itself is the caller's choice, and may be a link; below it no link is followed:
 * whoever put it there would choose where files are written, read or deleted.
 *
 * @throws DatasetError `corrupt` naming what is no folder; errors of the system
 */
export function holdFolder(root: string, folder: string): HeldFolder {
  try {
    return HeldFolder.open(root, folder)
  } catch (error) {
    if (!(error instanceof ConfinedFileError)) throw error
    throw notAFolder(root, folder, error)
  }
}

/**
 * Holds a folder of a dataset, which is made with its missing parents.
 *
 * @returns the folder, and whether it or the root got a new name: that is durable when the folders above were synced
 */
export function makeFolder(fileSystem: FileSystem, root: string, folder: string): MadeFolder {
  const unsynced = ensureFolder(fileSystem, root)
  let made = ''
  const madeIn: string[] = []
  for (const step of folder === '' ? [] : folder.split('/')) {
    const inner = made === '' ? step : `${made}/${step}`
    using held = holdFolder(root, made)
    if (makeIn(fileSystem, held, step)) madeIn.push(made)
    made = inner
  }
  return { held: holdFolder(root, folder), unsynced, madeIn }
}

/** What {@link makeFolder} gives. */
export interface MadeFolder {
  readonly held: HeldFolder
  /** Trusted paths, above the root, in which a folder got a name. */
  readonly unsynced: readonly string[]
  /** Folders of the dataset in which one got a name. */
  readonly madeIn: readonly string[]
}

function makeIn(fileSystem: FileSystem, held: HeldFolder, step: string): boolean {
  if (fs.lstatSync(held.path(step), { throwIfNoEntry: false }) !== undefined) return false
  try {
    fileSystem.mkdirSync(held.path(step))
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  return true
}

/** What kind of entry a path is, for messages. */
export function kindOf(stat: fs.Stats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a named pipe'
  if (stat.isSocket()) return 'a socket'
  return stat.isFile() ? 'a file' : 'a device'
}

/** The same of a path, for a message only: it may have become something else meanwhile. */
export function kindAt(path: string): string {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 'nothing' : kindOf(stat)
}

function notAFolder(root: string, folder: string, cause: ConfinedFileError): DatasetError {
  const path = firstForeign(root, join(root, folder))
  return new DatasetError(
    'corrupt',
    `Expected ${path} to be a folder, got ${kindAt(path)}; remove it, or use another folder`,
    { file: path, cause },
  )
}

/** The first step below the root that is no folder. */
function firstForeign(root: string, path: string): string {
  const parent = dirname(path)
  const above = parent.length > root.length ? firstForeign(root, parent) : parent
  if (above !== parent) return above
  return above.length > root.length && kindAt(above) !== 'a folder' ? above : path
}
