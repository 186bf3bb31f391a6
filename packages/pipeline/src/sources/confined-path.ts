import { realpath } from 'node:fs/promises'
import { isAbsolute, join, sep } from 'node:path'
import { CorpusError } from '@sluice/corpus'
import { RunError } from '../errors.ts'

/**
 * The real path of a file that a job names, inside one of the folders that may be read: the first that has it.
 *
 * @throws RunError `forbidden-path` for an absolute name, `..`, or a symbolic link that leads out; CorpusError
 *   `not-found` when no folder has it
 */
export async function findInRoots(name: string, roots: readonly string[]): Promise<string> {
  if (!isPlainRelativePath(name)) throw forbidden(name)
  for (const root of roots) {
    const folder = await realpath(root).catch(() => undefined)
    if (folder === undefined) continue
    const path = await realpath(join(folder, name)).catch(() => undefined)
    if (path === undefined) continue
    if (!isInside(folder, path)) throw forbidden(name)
    return path
  }
  throw new CorpusError('not-found', 'no such file in the folders that may be read; check the path', {
    source: name,
  })
}

/**
 * Where a job may write: a folder below `root`, there or not yet there.
 *
 * @throws RunError `forbidden-path` as {@link findInRoots}
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

/** Relative, with `/` between steps that are names. */
export function isPlainRelativePath(name: string): boolean {
  if (name === '' || isAbsolute(name) || /[\0\\]/.test(name) || /^[A-Za-z]:/.test(name)) return false
  return name.split('/').every((step) => step !== '' && step !== '.' && step !== '..')
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function forbidden(name: string): RunError {
  return new RunError(
    'forbidden-path',
    `${name}: expected a relative path inside the configured folders, without \`..\` and without links that lead out`,
  )
}
