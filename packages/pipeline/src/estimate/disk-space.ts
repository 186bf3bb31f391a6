import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { RunError } from '../errors.ts'
import type { RunSize } from './run-size.ts'

/** Room left over for the file system's own books, as a share of what is written. */
const slack = 1.02

/**
 * Refuses a run that cannot fit, before anything is written.
 *
 * @throws RunError `no-space` with both numbers
 */
export async function checkDiskSpace(out: string, { byteLength, exact }: RunSize): Promise<void> {
  const { bavail, bsize } = await statfsOfNearest(resolve(out))
  const free = bavail * bsize
  if (byteLength * slack <= free) return
  const about = exact ? '' : 'about '
  throw new RunError(
    'no-space',
    `No space left for the run: ${out} needs ${about}${byteLength} bytes, ${free} are free; use another disk, a larger --stride, or --embeddings lazy`,
  )
}

/** The output folder is not there yet: its nearest parent that is lies on the same disk. */
async function statfsOfNearest(path: string): Promise<{ readonly bavail: number; readonly bsize: number }> {
  try {
    return await statfs(path)
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error
    return statfsOfNearest(parent)
  }
}
