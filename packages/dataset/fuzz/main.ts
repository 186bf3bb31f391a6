/**
 * Writes datasets of windows of any layout and of rows of documents, reads them in every way and compares with the rows that were written; then changes bytes of a
 * file, and sees that the change is found and that nothing but our own errors come of it. `--python` is taken and not needed:
 * parts are read by apache-arrow beside our own reader.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { seededRandom } from '@sluice/testing'
import { tableFromIPC } from 'apache-arrow'
import {
  folderStorage,
  openDataset,
  verifyDataset,
  type Dataset,
  type LayoutOptions,
  type PartBatch,
} from '../src/index.ts'
import { pickRows, plainRows } from '../test/rows.ts'
import { writeDataset } from '../test/write-dataset.ts'
import { below, Fault, from, readDamaged, type Random } from './damage.ts'
import { checkDocuments, readDocuments } from './documents.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    failures: { type: 'string', default: 'fuzz-failures' },
    python: { type: 'string' },
    reference: { type: 'boolean', default: true },
    /** Number of the one case to do again. */
    repeat: { type: 'string' },
  },
  allowNegative: true,
})

function drawLayout(random: Random): LayoutOptions {
  const pieces = random() < 0.3
  return {
    maxLength: 1 + below(random, 9),
    vocabSize: 1000,
    dim: 1 + below(random, 4),
    rowsPerBatch: 1 + below(random, 20),
    embedding: from(random, ['none', 'full']),
    layout: from(random, ['nested', 'flat', 'tensor']),
    dtype: from(random, ['f32', 'f16', 'bf16']),
    idType: from(random, ['int32', 'uint16']),
    format: from(random, ['file', 'stream']),
    documents: from(random, ['none', 'ids', 'boundaries']),
    positionIds: random() < 0.5,
    pieces,
    ...(random() < 0.5 && {
      kept: { names: ['id', 'Straße', 'x'].slice(0, 1 + below(random, 3)), valueBytes: 64 },
    }),
  }
}

function compare(what: string, found: PartBatch, expected: PartBatch): void {
  if (isDeepStrictEqual(plainRows(found), plainRows(expected))) return
  throw new Fault(`${what} gives other rows than were written`)
}

async function readInEveryWay(folder: string, all: PartBatch, random: Random): Promise<void> {
  await using dataset = await openDataset(folder)
  const { length } = dataset
  for (let round = 0; round < 6; round++) {
    const first = below(random, length)
    const count = below(random, length - first + 1)
    compare('read', await dataset.read(first, count), pickRows(all, first, count))
    compare('readSync', dataset.readSync(first, count), pickRows(all, first, count))
  }
  for await (const batch of dataset.batches({ from: below(random, length), reuseMemory: random() < 0.5 }))
    compare('batches', batch, pickRows(all, batch.firstWindow, batch.rows))
  compareWithArrow(folder, dataset, all)
  const { problems } = await verifyDataset(folderStorage(folder))
  if (problems.length > 0) throw new Fault(`verify finds ${problems[0]!.message} in what was written`)
}

/** The ids and texts of each part, as apache-arrow reads them. */
function compareWithArrow(folder: string, { manifest, layout }: Dataset, all: PartBatch): void {
  for (const { name, firstWindow, rows } of manifest.parts) {
    const table = tableFromIPC(readFileSync(join(folder, name)))
    const expected = pickRows(all, firstWindow, rows) as PartBatch & { kept?: unknown[] }
    const ids = Array.from({ length: rows }, (_, row) => [
      ...(table.getChild('input_ids')!.get(row) as Iterable<number>),
    ])
    if (!isDeepStrictEqual(ids.flat(), [...expected.inputIds]))
      throw new Fault(`apache-arrow reads other ids in ${name}`)
    const { kept = [] } = plainRows(expected) as { kept?: readonly (string | null)[][] }
    for (const [place, column] of (layout.kept?.names ?? []).entries()) {
      const texts = Array.from(
        { length: rows },
        (_, row) => table.getChild(column)!.get(row) as string | null,
      )
      if (!isDeepStrictEqual(texts, kept[place])) throw new Fault(`apache-arrow reads other texts in ${name}`)
    }
  }
}

async function readWindows(folder: string): Promise<void> {
  await using dataset = await openDataset(folder)
  if (dataset.length > 0) dataset.readSync(0, Math.min(dataset.length, 100))
  for await (const batch of dataset.batches()) if (batch.rows < 0) throw new Fault('a batch of no rows')
}

async function doCase(number: number): Promise<void> {
  const random = seededRandom(Number(values.seed) * 1_000_003 + number)
  const isOfDocuments = random() < 0.4
  const layout = drawLayout(random)
  const read = isOfDocuments ? readDocuments : readWindows
  const root = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
  try {
    const folder = join(root, 'dataset')
    if (isOfDocuments) await checkDocuments(folder, random)
    else {
      const rows = Array.from({ length: 1 + below(random, 3) }, () => 1 + below(random, 40))
      const all = await writeDataset(folder, layout, rows)
      await readInEveryWay(folder, all, random)
    }
    for (let round = 0; round < 5; round++) {
      const copy = join(root, String(round))
      cpSync(folder, copy, { recursive: true })
      await readDamaged(copy, random, () => read(copy))
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const end = Date.now() + Number(values.minutes) * 60_000
let cases = 0
let faults = 0
const first = Number(values.repeat ?? 0)
for (let number = first; Date.now() < end && (values.repeat === undefined || number === first); number++) {
  cases++
  try {
    await doCase(number)
  } catch (error) {
    faults++
    console.log(`${error instanceof Error ? error.message : String(error)}
  npm run fuzz -- --target dataset --seed ${values.seed} --repeat ${number}`)
  }
}
console.log(
  `fuzz dataset: seed ${values.seed}, ${cases} datasets, ${5 * cases} damaged copies: ${faults} faults`,
)
process.exitCode = faults === 0 ? 0 : 1
