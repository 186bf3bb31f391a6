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
  const unfit: string[] = []
  for (const candidate of [file, ...others.slice(0, mostFiles)]) {
    const opened = openCandidate(folder, candidate, table)
    if (typeof opened === 'object') return opened
    if (opened !== undefined) unfit.push(opened)
  }
  throw new DatasetError('mismatch', `No file of ${folder} holds ${tensor}: ${whyNone(file, unfit)}`)
}

/** What was found in place of the tensor, of the file that the dataset names first. */
function whyNone(file: string, [first, ...more]: readonly string[]): string {
  const found = first === undefined ? `there is no ${file} and no other safetensors file` : first
  const others = more.length === 0 ? '' : `, and ${more.length} more have not got it either`
  return `${found}${others}; name the model that the dataset was made with`
}

/** Opens a file that has the tensor; or says why it is not the one, or nothing where there is none of that name. */
function openCandidate(folder: string, name: string, table: TableIdentity): ReadHandle | string | undefined {
  let handle: ReadHandle | undefined
  try {
    handle = openIfThere(folder, name)
    if (handle === undefined) return undefined
    const pointer = isPointer(handle)
    if (!pointer) {
      runReadingSync(readTensorRange(handle, table))
      return handle
    }
    void handle.close()
    return `${name} is a pointer of Git LFS, fetch it with \`git lfs pull\``
  } catch (error) {
    void handle?.close()
    if (!(error instanceof DatasetError) || error.code !== 'corrupt') throw error
    return error.message.replace(`${join(folder, name)} is damaged: it has`, `${name} has`)
  }
}

const pointerStart = 'version https://git-lfs.github.com/'

/** Whether a file only says where its bytes are. */
function isPointer(handle: ReadHandle): boolean {
  const start = new Uint8Array(Math.min(pointerStart.length, handle.byteLength))
  handle.readSync!(start, 0)
  return new TextDecoder('latin1').decode(start) === pointerStart
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
