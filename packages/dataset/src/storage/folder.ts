import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { DatasetError, errnoOf, storageError } from '../errors.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { openFileSync } from './file-handle.ts'
import { StagedFile } from './staged-file.ts'
import type { DatasetStorage, ObjectStat } from './storage.ts'

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

/** A dataset in a folder of a local or shared file system. The folder is created by the first write. */
export function folderStorage(path: string, options: FolderStorageOptions = {}): DatasetStorage {
  const root = resolve(path)
  const { fileSystem = nodeFileSystem, flushByteLength = defaultFlushByteLength } = options
  const at = (name: string): string => resolve(root, checkName(name))
  return {
    location: root,
    stage: (hint) => {
      const temporaryName = `${temporaryFolder}/${hint.replaceAll('/', '.')}.${randomUUID()}`
      return new StagedFile(fileSystem, root, checkName(temporaryName), flushByteLength)
    },
    openRead: async (name) => openFileSync(at(name), name),
    openReadSync: (name) => openFileSync(at(name), name),
    stat: async (name) => statFile(at(name)),
    list: async (prefix) => listFolder(prefix === '' ? root : at(prefix)),
    remove: async (name) => {
      try {
        await fileSystem.unlink(at(name))
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', at(name))
      }
    },
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

// Runs ask for thousands of receipts that are not there yet: `fs.promises.stat` takes three times as long to say so.
const statPath = promisify(fs.stat)

async function statFile(path: string): Promise<ObjectStat | undefined> {
  try {
    const stat = await statPath(path)
    return stat.isFile() ? { byteLength: stat.size, modifiedMs: stat.mtimeMs } : undefined
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    const failure = storageError(error, 'look at', path)
    if (failure.code === 'not-found') return undefined
    throw failure
  }
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    const entries = await fs.promises.readdir(path, { withFileTypes: true })
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted()
  } catch (error) {
    const failure = storageError(error, 'list', path)
    if (failure.code === 'not-found') return []
    throw failure
  }
}
