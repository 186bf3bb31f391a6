import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  folderStorage,
  openDataset,
  verifyDataset,
  writeDataset,
  type WriteDatasetOptions,
} from '../src/index.ts'

const layout = { maxLength: 4, vocabSize: 1000 }

/** Documents of 1 to 40 ids that count on. */
const documents = Array.from({ length: 40 }, (_, document) =>
  Array.from({ length: 1 + ((document * 17) % 40) }, (_id, place) => (document * 7 + place) % 1000),
)

/** Manifest and parts of a dataset. */
function bytesOf(folder: string): Record<string, string> {
  const names = [
    'manifest.json',
    'plan.json',
    ...readdirSync(join(folder, 'parts')).map((name) => `parts/${name}`),
  ]
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'base64')]))
}

test('ids may be an array, pieces of any size, or a stream of them: the bytes are the same', async () => {
  const root = temporaryFolder()
  const ids = documents.flat()
  const pieces = [ids.slice(0, 3), Uint16Array.from(ids.slice(3, 200)), [], Uint32Array.from(ids.slice(200))]
  const inputs = {
    array: ids,
    typed: Int32Array.from(ids),
    pieces,
    stream: (async function* () {
      yield* ids.map((id) => [id])
    })(),
  }
  for (const [name, given] of Object.entries(inputs))
    await writeDataset({ ids: given, layout, out: join(root, name), windowsPerPart: 50 })
  const expected = bytesOf(join(root, 'array'))
  for (const name of Object.keys(inputs)) expect(bytesOf(join(root, name))).toEqual(expected)
  await using dataset = await openDataset(join(root, 'array'))
  const rows = Math.floor((ids.length - 1) / 4)
  expect(dataset.manifest.parts.map((part) => part.rows)).toEqual([
    ...Array.from({ length: Math.floor(rows / 50) }, () => 50),
    rows % 50,
  ])
  const { inputIds, targetIds } = await dataset.read(0, rows)
  expect([...inputIds]).toEqual(ids.slice(0, 4 * rows))
  expect([...targetIds]).toEqual(ids.slice(1, 4 * rows + 1))
})

test.each([
  ['cross', 3],
  ['cross', 40],
  ['document', 3],
] as const)(
  'each document is counted in one part, with boundary %s and stride %i',
  async (boundary, stride) => {
    const out = temporaryFolder()
    const manifest = await writeDataset({
      documents,
      layout: { ...layout, documents: 'ids' },
      ...{ out, boundary, stride, windowsPerPart: 7, endOfTextId: 999 },
    })
    await using dataset = await openDataset(out)
    const { document } = await dataset.read(0, dataset.length)
    // Documents begin in the order of the stream, and those after the last window in none.
    const inPart = manifest.parts.map((part) => part.documents)
    expect(inPart.length).toBe(Math.ceil(dataset.length / 7))
    expect(manifest.totals.documents).toBe(
      boundary === 'document'
        ? new Set(Array.from(document!)).size
        : inPart.reduce((sum, count) => sum + count),
    )
    if (boundary === 'document') {
      const firstRows = new Map(
        Array.from(document!, Number)
          .toReversed()
          .map((number, row) => [number, row]),
      )
      const parts = inPart.map(() => 0)
      for (const row of firstRows.values()) parts[Math.floor((dataset.length - 1 - row) / 7)]!++
      expect(inPart).toEqual(parts)
    } else {
      const starts = documents.map((_, index) => documents.slice(0, index).flat().length + index)
      const partOf = (start: number): number => Math.min(Math.floor(start / stride / 7), inPart.length - 1)
      const reach = (dataset.length - 1) * stride + Math.max(stride, 5)
      const counted = starts.filter((start) => start < reach).map(partOf)
      expect(inPart).toEqual(inPart.map((_, part) => counted.filter((index) => index === part).length))
    }
  },
)

test('a row says where its ids lie among those that were given', async () => {
  const out = temporaryFolder()
  await writeDataset({ documents, layout, out, boundary: 'document', tail: 'pad', endOfTextId: 999 })
  const ids = documents.flat()
  await using dataset = await openDataset(out)
  const { inputIds, targetIds, byteStart, byteEnd, rows } = await dataset.read(0, dataset.length)
  for (let row = 0; row < rows; row++) {
    const given = ids.slice(Number(byteStart[row]) / 4, Number(byteEnd[row]) / 4)
    const filled = Array.from({ length: 4 - given.length }, () => 999)
    expect([...inputIds.subarray(4 * row, 4 * row + 4)]).toEqual([...given, ...filled])
  }
  expect([...targetIds].filter((id) => id === -100).length).toBeGreaterThan(0)
  const [source] = await dataset.sources.range(0, 1)
  expect(source).toMatchObject({ name: 'ids.u32', byteLength: 4 * ids.length })
})

test('embeddings come from the function that is given', async () => {
  const out = temporaryFolder()
  await writeDataset({
    ids: documents.flat(),
    layout: { ...layout, embedding: 'full', dim: 2 },
    out,
    embed(inputIds, positionIds, output) {
      for (const [at, id] of inputIds.entries()) output.set([id, positionIds[at % 4]!], 2 * at)
    },
  })
  await using dataset = await openDataset(out)
  const { inputIds, inputsEmbeds } = await dataset.read(dataset.length - 2, 2)
  expect([...inputsEmbeds!]).toEqual([...inputIds].flatMap((id, at) => [id, at % 4]))
})

test('the same call goes on after it was stopped; with other ids it is refused', async () => {
  const [out, whole] = [temporaryFolder(), temporaryFolder()]
  const options = { layout, windowsPerPart: 20 }
  const stopping = new AbortController()
  const stopped = async function* () {
    for (const [index, document] of documents.entries()) {
      if (index === 20) stopping.abort()
      yield document
    }
  }
  const attempt = writeDataset({ documents: stopped(), out, ...options, signal: stopping.signal })
  await expect(attempt).rejects.toThrow('aborted')
  expect(readdirSync(join(out, 'parts')).length).toBeGreaterThan(1)
  const others = writeDataset({ documents: documents.toReversed(), out, ...options })
  await expect(others).rejects.toMatchObject({ code: 'conflict' })
  const again = temporaryFolder()
  const stoppedAgain = new AbortController()
  await expect(
    writeDataset({
      documents: (async function* () {
        yield* documents.slice(0, 20)
        stoppedAgain.abort()
        yield* documents.slice(20)
      })(),
      out: again,
      ...options,
      signal: stoppedAgain.signal,
    }),
  ).rejects.toThrow('aborted')
  await writeDataset({ documents, out: again, ...options })
  await writeDataset({ documents, out: whole, ...options })
  expect(bytesOf(again)).toEqual(bytesOf(whole))
  expect((await verifyDataset(folderStorage(again))).problems).toEqual([])
  await expect(writeDataset({ documents, out: whole, ...options })).rejects.toThrow('already holds a dataset')
})

const wrong: readonly (readonly [string, Partial<Record<string, unknown>>, string])[] = [
  ['neither ids nor documents', {}, 'either `ids` or `documents`, got neither'],
  ['both', { ids: [1], documents: [[1]] }, 'got both'],
  ['a string', { ids: '1 2 3' }, 'Expected `ids` to be arrays of ids, got 1 2 3 (string)'],
  ['strings', { documents: ['a', 'b'] }, 'Expected arrays of ids, got a (string) in place 0'],
  ['documents that are ids', { documents: [1, 2] }, 'Expected arrays of ids, got 1 (number) in place 0'],
  ['floats', { documents: [[1], [2, 0.5]] }, 'Expected ids in [0, 1000), got 0.5 at 1 of document 1'],
  [
    'ids beyond the vocabulary',
    { ids: [[1], [2, 1000]] },
    'Expected ids in [0, 1000), got 1000 at 2 of document 0',
  ],
  ['negative ids', { ids: [-1] }, 'got -1 at 0 of document 0'],
  ['too few ids', { ids: [1, 2, 3, 4] }, 'Expected at least 5 ids for one window of 4 and its target, got 4'],
  ['no ids', { documents: [[], []] }, 'Expected at least 5 ids for one window of 4 and its target, got 0'],
  ['filling without an id', { ids: [1], tail: 'pad' }, 'Expected `endOfTextId` with `tail: "pad"`, got none'],
  [
    'a separator without an id',
    { ids: [1], separator: 'after' },
    'Expected `endOfTextId` with `separator: "after"`',
  ],
  [
    'an unknown boundary',
    { ids: [1], boundary: 'line' },
    'Expected `boundary` to be one of cross, document, got `line`',
  ],
  [
    'a stride of nothing',
    { ids: [1], stride: 0 },
    'Expected `stride` to be a positive integer, got `0` (number)',
  ],
  [
    'lazy embeddings',
    { ids: [1], layout: { ...layout, embedding: 'lazy', dim: 2 } },
    'got lazy; use `createPartWriter`',
  ],
  [
    'embeddings from nowhere',
    { ids: [1], layout: { ...layout, embedding: 'full', dim: 2 } },
    'Expected `embed` and',
  ],
  ['packed rows', { ids: [1], layout: { ...layout, pieces: true } }, 'Expected a layout without `pieces`'],
]

test.each(wrong)('%s: refused in one line, and nothing is left behind', async (_what, options, message) => {
  const out = join(temporaryFolder(), 'out')
  const outcome = writeDataset({ layout, out, ...options } as unknown as WriteDatasetOptions)
  await expect(outcome).rejects.toThrow(message)
  await expect(outcome).rejects.toMatchObject({ name: 'DatasetError' })
  expect(readdirSync(join(out, '..'))).toEqual([])
})

test('a folder with files of others is left alone', async () => {
  await expect(writeDataset({ ids: [1, 2, 3, 4, 5], layout, out: import.meta.dirname })).rejects.toThrow(
    'is not empty',
  )
})
