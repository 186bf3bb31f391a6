import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { DatasetError, errnoOf, storageError } from '../errors.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { openFileSync } from './file-handle.ts'
import { StagedFile } from './staged-file.ts'
import { refuseForeignSteps, refuseNonFolder } from './own-folder.ts'
import { removeEmptyFolder, removeFolderAt } from './remove-folder.ts'
import type { DatasetStorage, ListedEntry, ObjectStat } from './storage.ts'

/** Attempts live here until they are published; never part of a dataset. */
export const temporaryFolder = '_tmp'

/** Options of {@link folderStorage}. */
export interface FolderStorageOptions {
  /** The calls a publish makes, for fault tests. @default node:fs */
  readonly fileSystem?: FileSystem
  /** Bytes written to a file before they start on their way to the disk. @default 64 MiB */
  readonly flushByteLength?: number
}

const defaultFlushByteLength = 64 << 20

/**
 * A dataset in a folder of a local or shared file system. The folder is created by the first write. Links in it are never
 * followed for writing or deleting: a folder in it that is a link is refused.
 */
export function folderStorage(path: string, options: FolderStorageOptions = {}): DatasetStorage {
  const root = resolve(path)
  const { fileSystem = nodeFileSystem, flushByteLength = defaultFlushByteLength } = options
  const at = (name: string): string => {
    const target = resolve(root, checkName(name))
    refuseForeignSteps(root, target)
    return target
  }
  return {
    location: root,
    path: root,
    stage: async (hint) => {
      const temporaryName = `${temporaryFolder}/${hint.replaceAll('/', '.')}.${randomUUID()}`
      return new StagedFile(fileSystem, root, checkName(temporaryName), flushByteLength)
    },
    openRead: async (name) => openFileSync(at(name), name),
    openReadSync: (name) => openFileSync(at(name), name),
    stat: async (name) => statFile(at(name)),
    list: async (prefix) => listFolder(root, prefix === '' ? root : at(prefix)),
    remove: async (name) => {
      try {
        await fileSystem.unlink(at(name))
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', at(name))
      }
    },
    removeFolder: async (prefix) => {
      const target = prefix === '' ? root : at(prefix)
      try {
        await (prefix === '' ? removeEmptyFolder(root) : removeFolderAt(target))
      } catch (error) {
        throw storageError(error, 'remove', target)
      }
    },
    leftovers: async () => {
      const entries = await listFolder(root, at(temporaryFolder))
      return entries.map((entry) => ({ ...entry, name: `${temporaryFolder}/${entry.name}` }))
    },
    freeBytes: async () => freeBytesAt(root),
  }
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

async function statFile(path: string): Promise<ObjectStat | undefined> {
  try {
    const stat = await lstatPath(path)
    return stat.isFile() ? { byteLength: stat.size, modifiedMs: stat.mtimeMs } : undefined
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    const failure = storageError(error, 'look at', path)
    if (failure.code === 'not-found') return undefined
    throw failure
  }
}

async function listFolder(root: string, path: string): Promise<readonly ListedEntry[]> {
  if (path !== root) refuseNonFolder(path)
  try {
    const entries = await fs.promises.readdir(path, { withFileTypes: true })
    const listed: ListedEntry[] = []
    for (const entry of entries) {
      const stat = await lstatPath(join(path, entry.name)).catch(unlessGone)
      if (stat === undefined) continue
      const isFolder = stat.isDirectory()
      listed.push({
        name: isFolder ? `${entry.name}/` : entry.name,
        byteLength: isFolder ? 0 : stat.size,
        modifiedMs: stat.mtimeMs,
      })
    }
    return listed.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  } catch (error) {
    const failure = storageError(error, 'list', path)
    if (failure.code === 'not-found') return []
    throw failure
  }
}

/** An entry that went while the folder was listed. */
function unlessGone(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error
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
