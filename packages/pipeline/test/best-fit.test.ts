import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BestFit } from '../src/windows/best-fit.ts'

/** Packs by looking at every open window each time. */
function slowPack(lengths: readonly number[], capacity: number, mostOpen: number): number[][] {
  const closed: number[][] = []
  let open: number[][] = []
  const room = (bin: readonly number[]): number =>
    capacity - bin.reduce((sum, item) => sum + lengths[item]!, 0)
  const least = (bins: readonly number[][]): number[] | undefined =>
    bins.find((bin) => room(bin) === Math.min(...bins.map(room)))
  for (const [item, length] of lengths.entries()) {
    const best = least(open.filter((bin) => room(bin) >= length))
    if (best !== undefined) best.push(item)
    else {
      if (open.length === mostOpen) closed.push(least(open)!)
      open = [...open.filter((bin) => !closed.includes(bin)), [item]]
    }
    closed.push(...open.filter((bin) => room(bin) === 0))
    open = open.filter((bin) => room(bin) > 0)
  }
  return [...closed, ...open]
}

test('packs as looking at every open window does, whatever the lengths and the bound', () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 20 })
        .chain((capacity) =>
          fc.tuple(fc.constant(capacity), fc.array(fc.integer({ min: 1, max: capacity }), { maxLength: 80 })),
        ),
      fc.integer({ min: 1, max: 6 }),
      ([capacity, lengths], mostOpen) => {
        const windows: number[][] = []
        const fit = new BestFit(
          capacity,
          (pieces) => windows.push(pieces.map(({ start }) => start)),
          mostOpen,
        )
        for (const [item, length] of lengths.entries()) fit.add({ start: item, length, first: 0 })
        fit.end()
        expect(windows).toEqual(slowPack(lengths, capacity, mostOpen))
      },
    ),
    { numRuns: 300 },
  )
})
