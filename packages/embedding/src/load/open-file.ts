import type { FileHandle } from 'node:fs/promises'
import { openRegularFile } from '@sluice/confined-file'
import { codeOf } from '@sluice/errors'
import { EmbeddingError } from '../errors.ts'

/**
 * Opens a regular file for reading: a named pipe or a device would be waited for. Links are followed, because caches of models
 * consist of them.
 *
 * @throws EmbeddingError `invalid-file`
 */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await openRegularFile(path)
  } catch (cause) {
    const why = codeOf(cause) ?? 'unknown'
    throw new EmbeddingError(
      'invalid-file',
      `${path}: cannot be read (${why})${why === 'ENOENT' ? '; it is not there' : ''}`,
      {
        cause,
      },
    )
  }
}

/**
 * Reads a whole regular file of at most `most` bytes.
 *
 * @throws EmbeddingError `invalid-file`
 */
export async function readBounded(path: string, most: number): Promise<Uint8Array> {
  await using file = await openFile(path)
  const { size } = await file.stat()
  if (size > most) {
    throw new EmbeddingError('invalid-file', `${path}: expected at most ${most} bytes, got ${size}`)
  }
  return file.readFile()
}
