import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SkippedEntry } from './list-sources.ts'

/** All files below a folder, in no order. Links to files are followed, links to folders (which may go round) are not. */
export async function listFolder(folder: string, skipped: SkippedEntry[]): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
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
