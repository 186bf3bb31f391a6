import { formatCount } from './units.ts'

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
