import { realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { isLocalLocator } from '@sluice/corpus'
import type { SourceIdentity } from '@sluice/dataset'
import { RunError } from '../errors.ts'

/**
 * The sources that a manifest names, if all of them may be read: a dataset may come from anywhere, so what it names is
 * read only where the caller allows it. URLs, standard input, devices and named pipes never are.
 *
 * @param roots - files that may be read, and folders in which everything may.
 * @throws RunError `forbidden-path` naming the first source that may not be read.
 */
export async function confinedSources(
  sources: readonly SourceIdentity[],
  roots: readonly string[],
): Promise<string[]> {
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)))
  const names: string[] = []
  for (const { name } of sources) {
    const refuse = (what: string): never => {
      throw new RunError(
        'forbidden-path',
        `${name} ${what}; give its file, or a folder it is in, as a root that may be read`,
      )
    }
    if (!isLocalLocator(name)) refuse('is no local file')
    const path = await realpath(name).catch(() => undefined)
    if (path === undefined) refuse('is not there')
    const inside = (root: string | undefined): boolean =>
      root !== undefined && (path === root || path!.startsWith(root.endsWith(sep) ? root : root + sep))
    if (!allowed.some(inside)) refuse('lies outside of what may be read')
    if (!(await stat(path!)).isFile()) refuse('is no regular file')
    names.push(name)
  }
  return names
}
