import type { SourceList } from '@sluice/corpus'
import type { InputAccount } from '@sluice/dataset'

/** Paths that are named of each reason. */
const named = 10

/** Accounts for everything that was listed, but for what lies in the run's own folder: an attempt before left it there. */
export function accountInputs(
  { sources, skipped, followed }: SourceList,
  isOwn: (path: string) => boolean,
): InputAccount {
  const counts: Record<string, number> = {}
  const first: Record<string, string[]> = {}
  const passedOver = skipped.filter(({ path }) => !isOwn(path))
  const read = sources.filter((path) => !isOwn(path)).length
  for (const { path, reason } of passedOver) {
    counts[reason] = (counts[reason] ?? 0) + 1
    const paths = (first[reason] ??= [])
    if (paths.length < named) paths.push(path)
  }
  return {
    listed: read + passedOver.length,
    read,
    skipped: counts,
    first,
    followed: followed.length,
  }
}

/** Whether everything that was found was read as it was. */
export function isPlainAccount({ listed, read, followed }: InputAccount): boolean {
  return listed === read && followed === 0
}
