import type { Stats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { codeOf, option, sentence } from '@sluice/errors'
import type { TokenizerFile } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { runLimits } from '../plan/run-limits.ts'

/** The largest tokenizer file that is read, in bytes: the largest published ones have about 35 MB. */
export const maxTokenizerBytes: number = runLimits.tokenizerBytes.default

/** The files of a model folder that hold its tokenizer, the preferred one first. */
const namesInFolders = ['tokenizer.json', 'tekken.json', 'tokenizer.model', 'spiece.model'] as const

/**
 * Reads the tokenizer file at a path: the file itself, or the one in a model folder.
 *
 * @param namedBy the option that the path is of
 * @throws RunError `invalid-config` for a path without a tokenizer file, or with one above 256 MiB
 */
export async function readTokenizerFile(
  path: string,
  namedBy: 'tokenizer' | 'model' = 'tokenizer',
): Promise<{ readonly file: TokenizerFile; readonly folder: string }> {
  const file = await fileAt(path, namedBy)
  await using handle = await openRegularFile(file)
  const { size } = await handle.stat()
  if (size > maxTokenizerBytes) {
    throw new RunError(
      'invalid-config',
      sentence`Expected the file of ${option('tokenizer')} to have at most ${maxTokenizerBytes} bytes, got ${size}: ${file}`,
    )
  }
  const bytes = new Uint8Array(size)
  let filled = 0
  for (let read = 1; read > 0 && filled < size; filled += read)
    read = (await handle.read(bytes, filled, size - filled, filled)).bytesRead
  return { file: { name: basename(file), bytes: bytes.subarray(0, filled) }, folder: dirname(file) }
}

async function fileAt(path: string, namedBy: 'tokenizer' | 'model'): Promise<string> {
  const about = await statOf(path)
  if (about?.isFile() === true) return path
  if (about === undefined) throw missing(namedBy, path, (await isEntry(path)) ? leadsNowhere : 'is not there')
  if (!about.isDirectory()) throw missing(namedBy, path, 'is neither a file nor a folder')
  const file = await findTokenizerFile(path)
  if (file !== undefined) return file
  throw missing(namedBy, path, `has none of ${namesInFolders.join(', ')}`)
}

/**
 * The tokenizer file in a model folder, if there is one.
 *
 * @throws RunError `invalid-config` where the preferred one is a link that leads nowhere, as in a cache that was cleaned up: another file of the folder
 * may give other ids
 */
export async function findTokenizerFile(folder: string): Promise<string | undefined> {
  for (const name of namesInFolders) {
    const file = join(folder, name)
    const about = await statOf(file)
    if (about?.isFile() === true) return file
    if (about === undefined && (await isEntry(file))) throw missing('tokenizer', file, leadsNowhere)
  }
  return undefined
}

const leadsNowhere = 'is a link that leads nowhere: fetch the file again'

/** Whether a folder has an entry of this name, wherever it leads. */
async function isEntry(path: string): Promise<boolean> {
  return (await orMissing(lstat(path))) !== undefined
}

function statOf(path: string): Promise<Stats | undefined> {
  return orMissing(stat(path))
}

async function orMissing(asked: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await asked
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    throw error
  }
}

function missing(namedBy: 'tokenizer' | 'model', path: string, why: string): RunError {
  return new RunError(
    'invalid-config',
    namedBy === 'tokenizer'
      ? sentence`Expected ${option('tokenizer')} to be a built-in name, a tokenizer file or a model folder; ${path} ${why}`
      : sentence`Expected ${option('model')} to be a model folder with its tokenizer; ${path} ${why}; name one with ${option('tokenizer')}, or give ids with ${option('format')}`,
  )
}
