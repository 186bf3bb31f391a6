import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { tableFromIPC } from 'apache-arrow'
import {
  commitManifest,
  createDocumentPartWriter,
  folderStorage,
  openDocuments,
  resolveLayout,
  TextBuilder,
  textAt,
  verifyDataset,
  type DatasetLayout,
  type DocumentRowBatch,
  type DocumentRows,
} from '../src/index.ts'
import { header, planId } from '../test/header.ts'
import { below, Fault, from, type Random } from './damage.ts'

/** A document of a case: its ids, one vector for each, the mean of a pooled one, and what it carries along. */
interface Row {
  readonly ids: readonly number[]
  readonly vectors: readonly number[]
  readonly mean: readonly number[]
  readonly text: string | null
}

function drawLayout(random: Random): DatasetLayout {
  const pool = random() < 0.3
  return resolveLayout({
    maxLength: 1 + below(random, 12),
    vocabSize: 1000,
    per: 'document',
    ...(pool
      ? ({ pool: 'mean', embedding: 'full', dtype: 'f32' } as const)
      : {
          embedding: from(random, ['none', 'full']),
          dtype: from(random, ['f32', 'f16', 'bf16']),
        }),
    dim: 1 + below(random, 4),
    rowsPerBatch: 1 + below(random, 20),
    idType: from(random, ['int32', 'uint16']),
    format: from(random, ['file', 'stream']),
    ...(random() < 0.5 && { kept: { names: ['id'], valueBytes: 64 } }),
  })
}

/** Writes rows of documents of any lengths, reads them in every way, and compares with apache-arrow. */
export async function checkDocuments(folder: string, random: Random): Promise<void> {
  const layout = drawLayout(random)
  const storage = folderStorage(folder)
  const rows: Row[] = []
  const parts = 1 + below(random, 3)
  for (let index = 0; index < parts; index++) {
    await using writer = createDocumentPartWriter({
      ...{ storage, layout, planId, index, firstWindow: rows.length },
    })
    for (let batch = below(random, 3); batch >= 0; batch--) {
      const drawn = Array.from({ length: 1 + below(random, layout.rowsPerBatch) }, () =>
        drawRow(layout, random),
      )
      await writer.append(rowsOf(layout, drawn))
      rows.push(...drawn)
    }
    await writer.finish({ documents: writer.rows })
  }
  const columns = layout.kept?.names.map((name) => ({ name, field: name, nulls: 0 }))
  const table = columns && { documentTable: { columns, files: [] } }
  await commitManifest(storage, { ...header(layout, parts), ...table })
  await readInEveryWay(folder, rows, random)
}

function drawRow({ maxLength, dim }: DatasetLayout, random: Random): Row {
  const ids = Array.from({ length: below(random, maxLength + 1) }, () => below(random, 1000))
  // Whole numbers, which every element type holds.
  const numbers = (length: number): number[] => Array.from({ length }, () => below(random, 100))
  return {
    ids,
    vectors: numbers(ids.length * dim),
    mean: numbers(dim),
    text: random() < 0.2 ? null : 'é'.repeat(below(random, 9)),
  }
}

function rowsOf(layout: DatasetLayout, rows: readonly Row[]): DocumentRows {
  let end = 0
  const offsets = Int32Array.from([0, ...rows.map(({ ids }) => (end += ids.length))])
  const vectors = rows.flatMap((row) => row.vectors)
  const kept = new TextBuilder(rows.length)
  for (const { text } of rows) kept.add(text === null ? null : Buffer.from(text))
  return {
    ...{ rows: rows.length, offsets, inputIds: Int32Array.from(rows.flatMap(({ ids }) => ids)) },
    ...(layout.pool === undefined &&
      layout.embedding === 'full' && {
        inputsEmbeds: layout.dtype === 'f32' ? Float32Array.from(vectors) : Uint16Array.from(vectors),
      }),
    ...(layout.pool !== undefined && { embedding: Float32Array.from(rows.flatMap(({ mean }) => mean)) }),
    ...(layout.kept && { kept: [kept.build()] }),
    source: new Int32Array(rows.length),
    byteStart: Float64Array.from(rows, (_, row) => 3 * row),
    byteEnd: Float64Array.from(rows, (_, row) => 3 * row + 2),
  }
}

function compare(what: string, { layout, rows }: Written, found: DocumentRowBatch): void {
  const expected = rows.slice(found.firstDocument, found.firstDocument + found.rows)
  const lengths = expected.map((_, row) => found.offsets[row + 1]! - found.offsets[row]!)
  const { pool, embedding } = layout
  const wanted = {
    lengths: expected.map(({ ids }) => ids.length),
    ids: pool === undefined ? expected.flatMap(({ ids }) => ids) : undefined,
    vectors:
      pool === undefined && embedding === 'full' ? expected.flatMap(({ vectors }) => vectors) : undefined,
    means: pool === undefined ? undefined : expected.flatMap(({ mean }) => mean),
    texts: layout.kept && expected.map(({ text }) => text),
  }
  const [texts] = found.kept ?? []
  const got = {
    lengths,
    ids: found.inputIds && [...found.inputIds],
    vectors: found.inputsEmbeds && [...found.inputsEmbeds],
    means: found.embedding && [...found.embedding],
    texts: texts && expected.map((_, row) => textAt(texts, row)),
  }
  if (!isDeepStrictEqual(got, wanted)) throw new Fault(`${what} gives other documents than were written`)
}

interface Written {
  readonly layout: DatasetLayout
  readonly rows: readonly Row[]
}

async function readInEveryWay(folder: string, rows: readonly Row[], random: Random): Promise<void> {
  await using dataset = await openDocuments(folder)
  const { length, layout, manifest } = dataset
  const written = { layout, rows }
  for (let round = 0; round < 6; round++) {
    const first = below(random, length)
    compare('read', written, await dataset.read(first, below(random, length - first + 1)))
  }
  for await (const batch of dataset.batches({ from: below(random, length) }))
    compare('batches', written, batch)
  for (const { name, firstWindow, rows: count } of manifest.parts) {
    if (layout.pool !== undefined) break
    const ids = tableFromIPC(readFileSync(join(folder, name))).getChild('input_ids')!
    for (let row = 0; row < count; row++) {
      const found = [...(ids.get(row) as Iterable<number>)]
      if (!isDeepStrictEqual(found, rows[firstWindow + row]!.ids))
        throw new Fault(`apache-arrow reads other ids in ${name}`)
    }
  }
  const { problems } = await verifyDataset(folderStorage(folder))
  if (problems.length > 0) throw new Fault(`verify finds ${problems[0]!.message} in what was written`)
}

/** Reads all of a dataset that may be damaged. */
export async function readDocuments(folder: string): Promise<void> {
  await using dataset = await openDocuments(folder)
  if (dataset.length > 0) await dataset.read(0, Math.min(dataset.length, 100))
  for await (const batch of dataset.batches()) if (batch.rows < 0) throw new Fault('a batch of no rows')
}
