import { temporaryFolder } from '@sluice/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { openDataset } from '../src/index.ts'
import { writeDataset } from './write-dataset.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

describe('the place of a record batch', () => {
  test('holds the bytes of its rows, column by column', async () => {
    const options = { maxLength: 4, vocabSize: 1000, dim: 3, rowsPerBatch: 5, embedding: 'full' } as const
    const all = await writeDataset(folder, options, [7, 10, 0, 1])
    await using dataset = await openDataset(folder)
    for (let window = 0; window < 18; window++) {
      const place = dataset.placeOfSync(window)
      expect(window - place.firstWindow).toBeLessThan(place.rows)
      for (const [name, elements, expected] of [
        ['input_ids', 4, all.inputIds],
        ['inputs_embeds', 12, all.inputsEmbeds!],
      ] as const) {
        const { position, rowByteLength } = place.columns[name]!
        expect(rowByteLength).toBe(4 * elements)
        const row = new Uint8Array(rowByteLength)
        place.handle.readSync!(row, position + (window - place.firstWindow) * rowByteLength)
        const wanted = expected.slice(window * elements, (window + 1) * elements)
        expect(row).toEqual(new Uint8Array(wanted.buffer, wanted.byteOffset, wanted.byteLength))
      }
    }
  })

  test('leaves out columns whose rows differ in size, and refuses windows that are not there', async () => {
    const options = { maxLength: 4, vocabSize: 1000, documents: 'boundaries' } as const
    await writeDataset(folder, options, [3])
    await using dataset = await openDataset(folder)
    expect(Object.keys(dataset.placeOfSync(2).columns)).not.toContain('cu_seqlens')
    expect(() => dataset.placeOfSync(3)).toThrow('Expected windows in [0, 3)')
  })
})
