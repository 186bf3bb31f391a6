import { openLocalFile } from '@sluice/corpus'
import { RunError } from './errors.ts'
import type { PlannedSource } from './plan.ts'
import type { Segment } from './segment.ts'

/** The sources of a corpus and the segments they are read in. */
export interface CorpusPlan {
  readonly sources: readonly PlannedSource[]
  readonly segments: readonly Segment[]
  /** Whether a position in the source counts bytes of the text itself, for each source. */
  readonly positionsAreBytes: readonly boolean[]
}

/**
 * Opens every source once and hashes it.
 *
 * @throws CorpusError for a source that is missing, a folder or unreadable; RunError `too-short` where all are empty
 */
export async function planCorpus(paths: readonly string[], signal: AbortSignal): Promise<CorpusPlan> {
  const sources: PlannedSource[] = []
  const segments: Segment[] = []
  for (const [index, path] of paths.entries()) {
    signal.throwIfAborted()
    await using source = await openLocalFile(path)
    const { byteLength, sha256 } = await source.identify()
    if (sha256 === undefined) throw new TypeError(`${path}: a local file has a hash`)
    sources.push({ name: path, byteLength, sha256 })
    if (byteLength > 0) segments.push({ source: index, path, byteLength })
  }
  if (segments.length === 0) {
    throw new RunError('too-short', `${paths.join(', ')}: expected text, got ${paths.length === 1 ? 'an empty file' : 'empty files'}`)
  }
  return { sources, segments, positionsAreBytes: paths.map(() => true) }
}
