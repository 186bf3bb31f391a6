import { openDataset, writeDataset, type Dataset, type LayoutOptions } from '@sluice/dataset'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDataLoader } from '../../src/index.ts'
import { writeDataset as writeWithTables } from '../../test/write-dataset.ts'

const ids = Int32Array.from({ length: 300 }, (_, index) => (index * 37) % 50)
const documents = Array.from({ length: 20 }, (_, document) =>
  ids.subarray(document * 9, document * 9 + 3 + document),
)

/** Writes a dataset of each kind that a reader treats in its own way, and `expected.json`: what this side reads there. */
export async function writeCases(folder: string): Promise<void> {
  const small = { ids, maxLength: 6, stride: 4, dim: 5, rowsPerPart: 30, rowsPerBatch: 14 } as const
  const of = (name: string) => join(folder, name)
  const datasets = {
    full: await writeWithTables({ ...small, folder: of('full'), embedding: 'full' }),
    lazy: await writeWithTables({ ...small, folder: of('lazy'), embedding: 'lazy' }),
    ids: await writeFromIds(of('ids')),
    once: await writeFromIds(of('once'), { ids: 'once' }),
    narrow: await writeNarrow(of('narrow')),
    vectors: await writeVectors(of('vectors')),
  }
  const expected = await Promise.all(
    Object.entries(datasets).map(async ([name, dataset]) => [name, await contentsOf(dataset)] as const),
  )
  for (const dataset of Object.values(datasets)) await dataset.close()
  writeFileSync(of('expected.json'), JSON.stringify(Object.fromEntries(expected)))
}

async function writeFromIds(out: string, more: Pick<LayoutOptions, 'ids'> = {}): Promise<Dataset> {
  await writeDataset({
    documents,
    out,
    layout: { maxLength: 6, vocabSize: 50, documents: 'ids', positionIds: true, ...more },
    ...{ boundary: 'document', tail: 'pad', endOfTextId: 0, stride: 3, windowsPerPart: 20 },
  })
  return openDataset(out)
}

async function writeNarrow(out: string): Promise<Dataset> {
  const layout = { maxLength: 6, vocabSize: 50, ids: 'once', idType: 'uint16' } as const
  await writeDataset({ ids, out, layout, stride: 4, windowsPerPart: 20 })
  return openDataset(out)
}

async function writeVectors(out: string): Promise<Dataset> {
  await writeDataset({
    ids,
    out,
    layout: { maxLength: 6, vocabSize: 50, embedding: 'full', dim: 3 },
    embed: (inputIds, _positions, output) => {
      for (const [at, id] of inputIds.entries()) output.fill(id / 7, 3 * at, 3 * at + 3)
    },
  })
  return openDataset(out)
}

async function contentsOf(dataset: Dataset): Promise<object> {
  const rows = await dataset.read(0, dataset.length)
  const order = { batchSize: 4, shuffle: 'keyed', seed: 7, rank: 1, worldSize: 2, dropLast: false } as const
  await using loader = await createDataLoader(dataset, order)
  const keyed: number[][] = []
  for await (const { windows } of loader) keyed.push([...windows])
  return {
    length: dataset.length,
    max_length: dataset.layout.maxLength,
    dim: dataset.layout.dim,
    rows: {
      input_ids: [...rows.inputIds],
      target_ids: [...rows.targetIds],
      ...(rows.inputsEmbeds && { inputs_embeds: [...rows.inputsEmbeds] }),
    },
    keyed,
  }
}
