import type { InputAccount } from '@sluice/dataset'
import { formatCount, formatPlural } from './units.ts'

/** Places that are shown of each reason. */
const shown = 3

/** A line for each reason why something is not in a dataset, with the first places. */
export function describeLeftOut(
  dropped: Readonly<Record<string, number>>,
  placesOf: (reason: string) => readonly { readonly source: string; readonly position: number }[],
): string[] {
  return Object.entries(dropped).map(([reason, count]) => {
    const places = placesOf(reason).slice(0, shown)
    const where = places.map(({ source, position }) => `${source} at ${formatCount(position)}`)
    if (places.length > 0 && count > places.length) where.push('…')
    if (where.length === 0) return `left out: ${formatCount(count)} × ${reason}`
    return `left out or repaired: ${formatCount(count)} × ${reason} (${where.join(', ')})`
  })
}

/** A line for each reason why an entry was found and not read, with the first paths; and one for links that were followed. */
export function describeInputs({ skipped, first, followed }: InputAccount): string[] {
  const lines = Object.entries(skipped).map(([reason, count]) => {
    const paths = (first[reason] ?? []).slice(0, shown)
    if (count > paths.length) paths.push('…')
    const wayOut = reason === 'linked-folder' ? '; `--links follow` reads what they lead to' : ''
    return `passed over: ${formatCount(count)} × ${reason} (${paths.join(', ')})${wayOut}`
  })
  return followed === 0
    ? lines
    : [...lines, `followed: ${formatPlural(followed, 'link')} to ${followed === 1 ? 'a folder' : 'folders'}`]
}

/** The same in a few words; nothing where all was read. */
export function summarizeInputs({ listed, read, followed }: InputAccount): string {
  const passed = listed === read ? '' : `, ${formatCount(listed - read)} passed over`
  return followed === 0 ? passed : `${passed}, ${formatPlural(followed, 'link')} followed`
}
