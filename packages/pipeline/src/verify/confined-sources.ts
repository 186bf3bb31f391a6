import { ConfinedFileError, openFileWithin } from '@sluice/confined-file'
import { isLocalLocator, pathOfString } from '@sluice/corpus'
import { option, sentence } from '@sluice/errors'
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
  const names: string[] = []
  for (const { name } of sources) {
    const why = isLocalLocator(name) ? await whyNotReadable(name, roots) : 'is no local file'
    if (why !== undefined) {
      throw new RunError(
        'forbidden-path',
        sentence`${name} ${why}; name its file, or a folder it is in, with ${option('roots')}`,
      )
    }
    names.push(name)
  }
  return names
}

async function whyNotReadable(name: string, roots: readonly string[]): Promise<string | undefined> {
  try {
    await using _ = await openFileWithin(pathOfString(name), roots)
    return undefined
  } catch (error) {
    if (!(error instanceof ConfinedFileError)) return 'is not there'
    return error.code === 'not-a-file' ? 'is no regular file' : 'lies outside of what may be read'
  }
}
