import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { DatasetError, errnoOf, storageError } from '../errors.ts'
import { Breath } from './breath.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { openFileSync } from './file-handle.ts'
import { GrowingFile } from './growing-file.ts'
import { StagedFile } from './staged-file.ts'
import { holdFolder, placeOf } from './own-folder.ts'
import { removeEmptyFolder, removeFolderIn } from './remove-folder.ts'
import type { DatasetStorage, ListedEntry, ObjectStat } from './storage.ts'

/** Attempts live here until they are published; never part of a dataset. */
export const temporaryFolder = '_tmp'

/** Options of {@link folderStorage}. */
export interface FolderStorageOptions {
  /** The calls a publish makes, for fault tests. @default node:fs */
  readonly fileSystem?: FileSystem
  /**
   * A trusted folder that the storage's lies in: from there on no link is followed, neither on the way to the storage's folder nor
   * in it. @default the storage's folder
   */
  readonly within?: string
  /** Bytes written to a file before they start on their way to the disk. @default 64 MiB */
  readonly flushByteLength?: number
  /**
   * Of objects that are written around the system's cache: bytes that are written at a time, a multiple of 4,096.
   * @default 2 MiB
   */
  readonly directByteLength?: number
  /**
   * Objects that are written around the system's cache are hashed by a thread beside, while the caller makes the next bytes: for
   * callers that leave processors free. @default false
   */
  readonly hashBeside?: boolean
}

const defaultFlushByteLength = 64 << 20
/** From a megabyte on writes are as fast as the disk; more would not stay in the nearer caches of a processor. */
const defaultDirectByteLength = 2 << 20

/**
 * A dataset in a folder of a local or shared file system. The folder is created by the first write. Its path is trusted, what is
 * in it is not: no link in it is ever followed, to read, write or delete, even if an entry is swapped for one meanwhile.
 */
export function folderStorage(path: string, options: FolderStorageOptions = {}): DatasetStorage {
  const { fileSystem = nodeFileSystem, within = path } = options
  const { flushByteLength = defaultFlushByteLength, directByteLength = defaultDirectByteLength } = options
  const { hashBeside } = options
  const home = resolve(path)
  const root = resolve(within)
  const way = stepsBetween(root, home)
  const at = (name: string): string => {
    const checked = name === '' ? '' : checkName(name)
    return [way, checked].filter((steps) => steps !== '').join('/')
  }
  return {
    location: home,
    path: home,
    within: root,
    stage: async (hint, { uncached = false } = {}) => {
      const temporaryName = `${temporaryFolder}/${hint.replaceAll('/', '.')}.${randomUUID()}`
      const direct = uncached ? { directByteLength, hashBeside } : {}
      const staging = { fileSystem, root, flushByteLength, at, ...direct }
      return new StagedFile(staging, temporaryName)
    },
    grow: async (name) => new GrowingFile({ fileSystem, root, flushByteLength, at }, name),
    openRead: async (name) => openFileSync(root, at(name), name),
    openReadSync: (name) => openFileSync(root, at(name), name),
    stat: async (name) => statFile(root, at(name)),
    list: async (prefix) => listFolder(root, at(prefix)),
    remove: async (name) => removeFile(fileSystem, root, at(name)),
    removeFolder: async (prefix) => {
      try {
        await (prefix === '' ? removeEmptyFolder(root, at('')) : removeFolderIn(root, at(prefix)))
      } catch (error) {
        throw storageError(error, 'remove', join(home, prefix))
      }
    },
    leftovers: async () => {
      const entries = await listFolder(root, at(temporaryFolder))
      return entries.map((entry) => ({ ...entry, name: `${temporaryFolder}/${entry.name}` }))
    },
    freeBytes: async () => freeBytesAt(home),
  }
}

/** The way from a trusted folder to one in it, with `/`; empty where they are the same. */
function stepsBetween(root: string, home: string): string {
  return relative(root, home).replaceAll(sep, '/')
}

/** Names come from manifests, which are input: none may leave the dataset's folder. */
function checkName(name: string): string {
  const steps = name.split('/')
  const bad = steps.some((step) => step === '' || step === '.' || step === '..' || /[\\\0:]/.test(step))
  if (bad) {
    throw new DatasetError('invalid-argument', `Expected a relative name inside the dataset, got \`${name}\``)
  }
  return name
}

// Runs ask for thousands of receipts that are not there yet: `fs.promises` takes three times as long to say so.
const lstatPath = promisify(fs.lstat)

async function statFile(root: string, name: string): Promise<ObjectStat | undefined> {
  const place = placeOf(name)
  try {
    using folder = holdFolder(root, place.folder)
    const stat = await lstatPath(folder.path(place.name))
    return stat.isFile() ? { byteLength: stat.size, modifiedMs: stat.mtimeMs } : undefined
  } catch (error) {
    const failure = storageError(error, 'look at', join(root, name))
    if (failure.code === 'not-found') return undefined
    throw failure
  }
}

async function removeFile(fileSystem: FileSystem, root: string, name: string): Promise<void> {
  const place = placeOf(name)
  try {
    using folder = holdFolder(root, place.folder)
    await fileSystem.unlink(folder.path(place.name))
  } catch (error) {
    const failure = storageError(error, 'remove', join(root, name))
    if (failure.code !== 'not-found') throw failure
  }
}

async function listFolder(root: string, name: string): Promise<readonly ListedEntry[]> {
  try {
    using folder = holdFolder(root, name)
    const listed: ListedEntry[] = []
    const breath = new Breath()
    for (const entry of await fs.promises.readdir(folder.self)) {
      if (breath.isDue) await breath.take()
      // At once: of a hundred thousand entries, waiting for each takes ten times as long as looking at it.
      const stat = fs.lstatSync(`${folder.self}/${entry}`, { throwIfNoEntry: false })
      // It went while the folder was listed.
      if (stat === undefined) continue
      const isFolder = stat.isDirectory()
      listed.push({
        name: isFolder ? `${entry}/` : entry,
        byteLength: isFolder ? 0 : stat.size,
        modifiedMs: stat.mtimeMs,
      })
    }
    return listed.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  } catch (error) {
    const failure = storageError(error, 'list', join(root, name))
    if (failure.code === 'not-found') return []
    throw failure
  }
}

/** Of the file system of a folder, or of its nearest parent where it is not there yet: that lies on the same disk. */
async function freeBytesAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await fs.promises.statfs(path)
    return bavail * bsize
  } catch (error) {
    const parent = dirname(path)
    if (errnoOf(error) !== 'ENOENT' || parent === path)
      throw storageError(error, 'ask for the free space of', path)
    return freeBytesAt(parent)
  }
}
