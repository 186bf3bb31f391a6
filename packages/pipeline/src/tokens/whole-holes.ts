import type { TokenReceipt } from './token-receipt.ts'

/**
 * Receipts in the order of the corpus, with one in place of all segments of a source of which one could not be read: the source is
 * a hole as a whole, so that a dataset does not show how its corpus was cut.
 */
export function wholeHoles(receipts: readonly TokenReceipt[]): readonly TokenReceipt[] {
  const holes = new Map<number, TokenReceipt>()
  for (const receipt of receipts)
    if (receipt.hole !== undefined && !holes.has(receipt.source)) holes.set(receipt.source, receipt)
  if (holes.size === 0) return receipts
  const told = new Set<number>()
  return receipts.flatMap((receipt) => {
    const hole = holes.get(receipt.source)
    if (hole === undefined) return [receipt]
    if (told.has(receipt.source)) return []
    told.add(receipt.source)
    return [{ ...hole, segment: 'whole' }]
  })
}
