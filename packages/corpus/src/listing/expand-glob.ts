import { glob, lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SkippedEntry } from './skipped-entry.ts'

/** How a glob is expanded, and what was found on the way. */
export interface GlobListing {
  readonly followLinks: boolean
  readonly skipped: SkippedEntry[]
  readonly followed: Set<string>
}

/**
 * Lists all files that match, in no order. As in a folder, links to folders are followed only on request where a wildcard
 * could go round.
 */
export async function expandGlob(
  pattern: string,
  { followLinks, skipped, followed }: GlobListing,
): Promise<string[]> {
  const files: string[] = []
  const wantsHidden = /(^|\/)\.[^./]/.test(pattern)
  const base = pattern.slice(0, pattern.search(/[*?[\]{}]/)).replace(/[^/]*$/, '')
  const linked = new Map<string, Promise<boolean>>()
  const belowLink = async (folder: string): Promise<boolean> => {
    // A pattern without a folder begins at `.`, which has no folder around it.
    if (folder.length <= base.length || folder === dirname(folder)) return false
    let known = linked.get(folder)
    if (known === undefined) linked.set(folder, (known = isLink(folder)))
    if (!(await known)) return belowLink(dirname(folder))
    if (followLinks) followed.add(folder)
    return !followLinks
  }
  for await (const path of glob(pattern)) {
    if (!wantsHidden && /(^|[/\\])\.[^./\\]/.test(path)) skipped.push({ path, reason: 'hidden' })
    else if (await belowLink(dirname(path))) skipped.push({ path, reason: 'linked-folder' })
    else {
      const entry = await stat(path).catch(() => undefined)
      if (entry === undefined)
        skipped.push({ path, reason: path.includes('\ufffd') ? 'name-not-utf8' : 'broken-link' })
      else if (entry.isFile() || entry.isFIFO()) files.push(path)
      else if (!entry.isDirectory()) skipped.push({ path, reason: 'not-a-file' })
    }
  }
  return files
}

async function isLink(path: string): Promise<boolean> {
  const entry = await lstat(path).catch(() => undefined)
  return entry?.isSymbolicLink() === true
}
