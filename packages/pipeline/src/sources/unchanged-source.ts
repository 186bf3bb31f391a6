import { stat } from 'node:fs/promises'
import { CorpusError, openSource } from '@sluice/corpus'
import type { PlannedSource } from '../plan/plan.ts'
import { pathOfSource, type SourceAccess } from './source-access.ts'

/**
 * Milliseconds within which a change and the reading of a clock cannot be told apart: file systems stamp changes as coarsely as
 * that, and by clocks of their own.
 */
const racyMs = 1000

/** Files whose content was compared, by path and what tells one state of a file from another. Cleared when it is long. */
const compared = new Set<string>()
const mostCompared = 10_000

/**
 * Refuses a source whose content is not the plan's. A file that nothing has touched since `sinceMs` is trusted; any other is
 * hashed again, once for each of its states.
 *
 * @param sinceMs milliseconds since 1970 of a moment at which the content is known to have been the plan's
 * @throws CorpusError `source-changed`
 */
export async function refuseChangedSource(
  planned: PlannedSource,
  access: SourceAccess,
  sinceMs: number,
): Promise<void> {
  const path = await pathOfSource(planned, access)
  const { ctimeMs, size, ino } = await stat(path)
  if (size === planned.byteLength && ctimeMs < sinceMs - racyMs) return
  const state = [planned.sha256, ino, size, ctimeMs, path].join(' ')
  if (compared.has(state)) return
  await using source = await openSource(path)
  const { sha256 } = await source.identify()
  if (sha256 !== planned.sha256) {
    throw new CorpusError('source-changed', 'its content changed since the run was planned; plan it again', {
      source: planned.name,
    })
  }
  if (compared.size >= mostCompared) compared.clear()
  // Touched a moment ago: another change may leave the same stamp.
  if (ctimeMs < Date.now() - racyMs) compared.add(state)
}
