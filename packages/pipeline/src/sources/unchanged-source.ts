import { CorpusError, type ByteSource } from '@sluice/corpus'
import type { PlannedSource } from '../plan/plan.ts'

/**
 * Milliseconds within which a change and the reading of a clock cannot be told apart: file systems stamp changes as coarsely as
 * that, and by clocks of their own.
 */
const racyMs = 1000

/** Files whose content was compared, by name and what tells one state of a file from another. Cleared when it is long. */
const compared = new Set<string>()
const mostCompared = 10_000

/**
 * Refuses a source whose content is not the plan's: the very file that was read, which is still open, whatever has its name by
 * now. A file that nothing has touched since `sinceMs` is trusted; any other is hashed again, once for each of its states.
 *
 * @param sinceMs milliseconds since 1970 of a moment at which the content is known to have been the plan's
 * @throws CorpusError `source-changed`
 */
export async function refuseChangedSource(
  planned: PlannedSource,
  source: ByteSource,
  sinceMs: number,
): Promise<void> {
  const file = await source.fileState?.()
  if (file?.byteLength === planned.byteLength && file.changedMs < sinceMs - racyMs) return
  const state = [planned.sha256, file?.inode, file?.byteLength, file?.changedMs, source.name].join(' ')
  if (compared.has(state)) return
  const { sha256 } = await source.identify()
  if (sha256 !== planned.sha256) {
    throw new CorpusError('source-changed', 'its content changed since the run was planned; plan it again', {
      source: planned.name,
    })
  }
  if (compared.size >= mostCompared) compared.clear()
  // Touched a moment ago: another change may leave the same stamp.
  if (file !== undefined && file.changedMs < Date.now() - racyMs) compared.add(state)
}
