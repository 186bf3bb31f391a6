import * as fc from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { createPartWriter, folderStorage, resolveLayout, rowByteLengthOf } from '../src/index.ts'
import { planId } from './header.ts'
import { makeRows } from './rows.ts'

test('uint16 ids are taken for vocabularies of at most 65,536 and refused above', () => {
  const layout = { maxLength: 4, idType: 'uint16' } as const
  expect(resolveLayout({ ...layout, vocabSize: 65_535 }).idType).toBe('uint16')
  expect(resolveLayout({ ...layout, vocabSize: 65_536 }).idType).toBe('uint16')
  expect(() => resolveLayout({ ...layout, vocabSize: 65_537 })).toThrow(
    "Expected `vocabSize` of at most 65536 with uint16 ids, got 65537; use `idType: 'int32'`",
  )
})

test.each([65_535, 65_536])('ids up to the last of a vocabulary of %d survive uint16', async (vocabSize) => {
  const layout = resolveLayout({ maxLength: 2, vocabSize, idType: 'uint16' })
  const writer = createPartWriter({
    storage: folderStorage(temporaryFolder()),
    layout,
    planId,
    index: 0,
    firstWindow: 0,
  })
  const rows = { ...makeRows(layout, 1), inputIds: Int32Array.of(0, vocabSize - 1) }
  await expect(writer.append({ ...rows, inputIds: Int32Array.of(0, vocabSize) })).rejects.toThrow(
    `Expected \`inputIds\` in [0, ${vocabSize}), got ${vocabSize} in row 0, position 1`,
  )
  await writer.append(rows)
  expect(await writer.finish()).toMatchObject({ rows: 1 })
})

test.each([
  [{ maxLength: 0 }, 'Expected `maxLength` to be a positive integer, got `0` (number)'],
  [{ vocabSize: 1.5 }, 'Expected `vocabSize` to be a positive integer, got `1.5` (number)'],
  [{ embedding: 'full' as const }, 'Expected `dim` to be a positive integer, got `undefined` (undefined)'],
  [{ rowsPerBatch: 1 << 30 }, 'Expected `rowsPerBatch` of at most'],
  [{ embedding: 'full' as const, dim: 1 << 28 }, 'more than a record batch may hold'],
])('a layout that cannot be is refused: %j', (change, message) => {
  expect(() => resolveLayout({ maxLength: 4, vocabSize: 10, ...change })).toThrow(message)
})

test('a record batch is about 8 MiB by default, and never less than a row', () => {
  const layout = resolveLayout({ maxLength: 256, vocabSize: 50257, embedding: 'full', dim: 768 })
  expect(layout.rowsPerBatch * rowByteLengthOf(layout)).toBeGreaterThan(7 << 20)
  expect(layout.rowsPerBatch * rowByteLengthOf(layout)).toBeLessThanOrEqual(8 << 20)
  expect(resolveLayout({ maxLength: 4096, vocabSize: 10, embedding: 'full', dim: 4096 }).rowsPerBatch).toBe(1)
})

test('what does not fit the layout is refused with its name', async () => {
  const layout = resolveLayout({ maxLength: 4, vocabSize: 1000, embedding: 'full', dim: 2, rowsPerBatch: 2 })
  const storage = folderStorage(temporaryFolder())
  await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  const rows = makeRows(layout, 2)
  const { inputsEmbeds: _, ...noEmbeds } = rows
  const append = (batch: typeof rows): Promise<void> => writer.append(batch)
  await expect(append(noEmbeds)).rejects.toThrow(
    'Expected `inputsEmbeds` to be Float32Array of 16 elements, got nothing',
  )
  await expect(append({ ...rows, targetIds: new Int32Array(7) })).rejects.toThrow(
    'Expected `targetIds` to be Int32Array of 8 elements, got Int32Array of 7',
  )
  await expect(append({ ...rows, inputIds: Int32Array.of(0, 1, 2, 3, 4, -1, 6, 7) })).rejects.toThrow(
    'Expected `inputIds` in [0, 1000), got -1 in row 1, position 1',
  )
  await expect(append({ ...rows, byteStart: Float64Array.of(0, 0.5) })).rejects.toThrow(
    'whole numbers below 2^53, got 0.5',
  )
  await writer.append(makeRows(layout, 1))
  await expect(append(rows)).rejects.toThrow('Expected rows in multiples of 2 until the last')
})

test('an id outside the vocabulary is found wherever it is and whatever it is', async () => {
  const layout = resolveLayout({ maxLength: 8, vocabSize: 50_000, rowsPerBatch: 16 })
  const storage = folderStorage(temporaryFolder())
  const rows = makeRows(layout, 16)
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 127 }),
      fc.oneof(
        fc.integer({ min: 50_000 }),
        fc.integer({ max: -101 }),
        fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)),
      ),
      fc.constantFrom('inputIds', 'targetIds'),
      async (place, id, column) => {
        await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
        const ids = Int32Array.from(rows[column])
        ids[place] = id
        await expect(writer.append({ ...rows, [column]: ids })).rejects.toThrow(
          `Expected \`${column}\` in [0, 50000), got ${id} in row ${place >> 3}, position ${place & 7}`,
        )
      },
    ),
    { numRuns: 60 },
  )
})

test.each([
  [
    [0, 2, 4],
    [0, 4, 1, 4],
  ],
  [
    [0, 2, 4],
    [0, 4, 0, 3],
  ],
  [
    [0, 3, 6],
    [0, 3, 2, 0, 2, 4],
  ],
  [
    [0, 2, 3],
    [0, 4, 0, 4],
  ],
  [
    [0, 1, 3],
    [0, 0, 4],
  ],
])('boundaries that do not rise from 0 to T are refused: offsets %j of %j', async (offsets, values) => {
  const layout = resolveLayout({ maxLength: 4, vocabSize: 1000, documents: 'boundaries' })
  const storage = folderStorage(temporaryFolder())
  await using writer = createPartWriter({ storage, layout, planId, index: 0, firstWindow: 0 })
  const cuSeqlens = { offsets: Int32Array.from(offsets), values: Int32Array.from(values) }
  await expect(writer.append({ ...makeRows(layout, 2), cuSeqlens })).rejects.toThrow(
    'Expected `cuSeqlens` of row',
  )
})
