import { realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { isPlainRelativePath } from '@sluice/confined-file'
import { CorpusError, openSource, type ByteSource } from '@sluice/corpus'
import { RunError } from '../errors.ts'

/**
 * Opens a file that a job names, in one of the folders that may be read: the first that has it. What was opened is checked, so
 * that no link and no swap leads out.
 *
 * @throws RunError `forbidden-path` for an absolute name, `..`, a link that leads out, or what is no file; CorpusError
 *   `not-found` when no folder has it
 */
export async function openInRoots(name: string, roots: readonly string[]): Promise<ByteSource> {
  if (!isPlainRelativePath(name)) throw forbidden(name)
  for (const root of roots) {
    try {
      return await openSource(resolve(root, name), { within: [root] })
    } catch (error) {
      if (!(error instanceof CorpusError)) throw error
      if (error.code === 'outside') throw forbidden(name, error)
      if (error.code !== 'not-found') throw error
    }
  }
  throw new CorpusError('not-found', 'no such file in the folders that may be read; check the path', {
    source: name,
  })
}

/**
 * Where a job may write: a folder below `root`, there or not yet there.
 *
 * @throws RunError `forbidden-path` as `openInRoots`
 */
export async function confineToRoot(name: string, root: string): Promise<string> {
  if (!isPlainRelativePath(name)) throw forbidden(name)
  const folder = await realpath(root)
  let real = folder
  const steps = name.split('/')
  for (const [index, step] of steps.entries()) {
    const next = await realpath(join(real, step)).catch((error: unknown) => {
      // A link to nothing would be followed by the first write.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    if (next === undefined) return join(real, ...steps.slice(index))
    if (!isInside(folder, next)) throw forbidden(name)
    real = next
  }
  return real
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function forbidden(name: string, cause?: unknown): RunError {
  return new RunError(
    'forbidden-path',
    `${name}: expected a relative path inside the configured folders, without \`..\` and without links that lead out`,
    { cause },
  )
}
