import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SkippedEntry } from './list-sources.ts'
import { openFailure } from './local-file.ts'

/**
 * All files below a folder, in no order. Links to files are followed, links to folders (which may go round) are not.
 *
 * @throws CorpusError `not-readable` for a folder that may not be looked into
 */
export async function listFolder(folder: string, skipped: SkippedEntry[]): Promise<string[]> {
  const files: string[] = []
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw openFailure(folder, error)
  })
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) skipped.push({ path, reason: 'hidden' })
    else if (entry.isDirectory()) for (const file of await listFolder(path, skipped)) files.push(file)
    else if (entry.isFile()) files.push(path)
    else if (entry.isSymbolicLink()) {
      const target = await stat(path).catch(() => undefined)
      if (target?.isFile() === true) files.push(path)
      else if (target?.isDirectory() === true) skipped.push({ path, reason: 'linked-folder' })
      else skipped.push({ path, reason: target === undefined ? 'broken-link' : 'not-a-file' })
    } else skipped.push({ path, reason: 'not-a-file' })
  }
  return files
}
