import type { DatasetStorage, TokenFormat } from '@sluice/dataset'
import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import type { RunSize } from './run-size.ts'

/** Allowance for file-system metadata, as a factor. */
const slack = 1.02

/**
 * Refuses a run that cannot fit, before anything is written.
 *
 * @throws RunError `no-space` with both numbers
 */
export async function checkFreeSpace(
  storage: DatasetStorage,
  { byteLength, exact }: Pick<RunSize, 'byteLength' | 'exact'>,
  { to = null }: { readonly to?: TokenFormat | null } = {},
): Promise<void> {
  const free = await storage.freeBytes()
  if (byteLength * slack <= free) return
  const about = exact ? '' : 'about '
  const lack = `No space left for the run: ${storage.location} needs ${about}${byteLength} bytes, ${free} are free; use another disk`
  if (to !== null) throw new RunError('no-space', lack)
  throw new RunError(
    'no-space',
    sentence`${lack}, a larger ${option('stride')}, or ${option('embeddings', 'lazy')}`,
  )
}
