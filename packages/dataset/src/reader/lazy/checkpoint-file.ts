import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { option, sentence } from '@sluice/errors'
import { DatasetError, errnoOf, storageError } from '../../errors.ts'
import type { TableIdentity } from '../../manifest/manifest.ts'
import { openFileSync } from '../../storage/file-handle.ts'
import type { ReadHandle } from '../../storage/storage.ts'
import { runReadingSync } from '../reading.ts'
import { readTensorRange } from './load-table.ts'

/** Files of a folder that are looked into. */
const mostFiles = 4096

/**
 * Opens the file of a checkpoint that holds a tensor. The folder is the caller's word, so links in it are followed, as the caches of
 * model hubs need; the dataset says a file's name in it only, and a hash that its bytes must have. Where the checkpoint was split
 * into other files since, the one that has the tensor is taken.
 *
 * @param folder undefined where the caller named none
 * @throws DatasetError `invalid-argument` without a folder that is there; `mismatch` where none of its files has the tensor
 */
export function openCheckpointFile(folder: string | undefined, table: TableIdentity): ReadHandle {
  const { name, dtype, shape, file, sha256 } = table
  const tensor = `${name} (${dtype} [${shape.join(', ')}], sha256 ${sha256})`
  if (folder === undefined) {
    throw new DatasetError(
      'invalid-argument',
      sentence`The embeddings are made from ${tensor} of a checkpoint that the dataset does not hold; name the model's folder with ${option('checkpoint')}`,
    )
  }
  const others = listFiles(folder).filter((found) => found.endsWith('.safetensors') && found !== file)
  for (const candidate of [file, ...others.slice(0, mostFiles)]) {
    const handle = openIfThere(folder, candidate)
    if (handle === undefined) continue
    if (holds(handle, table)) return handle
    void handle.close()
  }
  throw new DatasetError(
    'mismatch',
    `No file of ${folder} holds ${tensor}: it is not the checkpoint of the dataset`,
  )
}

function listFiles(folder: string): string[] {
  try {
    return fs.readdirSync(folder).toSorted()
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw storageError(error, 'list', folder)
    throw new DatasetError(
      'invalid-argument',
      sentence`Expected ${option('checkpoint')} to be the folder of the model that the dataset was made with; ${folder} is ${code === 'ENOENT' ? 'not there' : 'no folder'}`,
      { cause: error },
    )
  }
}

function openIfThere(folder: string, name: string): ReadHandle | undefined {
  try {
    // What links lead to; a named pipe or a device is refused when it is opened.
    const path = fs.realpathSync(join(folder, name))
    return openFileSync(dirname(path), basename(path), join(folder, name))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error instanceof DatasetError ? error : storageError(error, 'open', join(folder, name))
  }
}

function holds(handle: ReadHandle, table: TableIdentity): boolean {
  try {
    runReadingSync(readTensorRange(handle, table))
    return true
  } catch (error) {
    if (error instanceof DatasetError && error.code === 'corrupt') return false
    throw error
  }
}
