/**
 * Writes datasets of any layout, reads them in every way and compares with the rows that were written; then changes bytes of a
 * file, and sees that the change is found and that nothing but our own errors come of it. `--python` is taken and not needed:
 * parts are read by apache-arrow beside our own reader.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { seededRandom } from '@sluice/testing'
import { tableFromIPC } from 'apache-arrow'
import {
  DatasetError,
  folderStorage,
  openDataset,
  planRepair,
  verifyDataset,
  type Dataset,
  type LayoutOptions,
  type PartBatch,
} from '../src/index.ts'
import { pickRows, plainRows } from '../test/rows.ts'
import { writeDataset } from '../test/write-dataset.ts'

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

/** A failing case says what differs. */
class Fault extends Error {}

type Random = () => number

const below = (random: Random, end: number): number => Math.floor(random() * end)
const from = <Value>(random: Random, choices: readonly Value[]): Value =>
  choices[below(random, choices.length)]!

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

/** Changes a file; false where it still says the same. */
function damage(path: string, random: Random): boolean {
  const valueOf = (bytes: Buffer): unknown => {
    try {
      return path.endsWith('.json') ? JSON.parse(bytes.toString()) : undefined
    } catch {
      return undefined
    }
  }
  const before = readFileSync(path)
  let after: Buffer = Buffer.from(before)
  switch (below(random, 4)) {
    case 0:
      after[below(random, after.length)]! ^= 1 << below(random, 8)
      break
    case 1:
      after = after.subarray(0, below(random, after.length))
      break
    case 2:
      after = Buffer.concat([after, Buffer.alloc(1 + below(random, 80))])
      break
    case 3:
      if (after.length > 4)
        after.writeInt32LE(from(random, [0, -1, 1, 0x7fffffff]), below(random, after.length - 3))
  }
  // A file that is replaced, not one whose inode is shared.
  rmSync(path)
  writeFileSync(path, after)
  // Another line end after the same JSON is no damage.
  const value = valueOf(after)
  return (
    Buffer.compare(before, after) !== 0 && !(value !== undefined && isDeepStrictEqual(value, valueOf(before)))
  )
}

/** What throws must be an error of ours. */
async function attempt(what: string, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof DatasetError || error instanceof Fault) {
      if (error instanceof Fault) throw error
      return false
    }
    throw new Fault(`${what} threw ${error instanceof Error ? error.stack : String(error)}`)
  }
}

async function readDamaged(folder: string, random: Random): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(arrow|json)$/.test(name),
  )
  const name = from(random, names)
  if (!damage(join(folder, name), random)) return
  let found = true
  const opened = await attempt('verify', async () => {
    found = (await verifyDataset(folderStorage(folder))).problems.length > 0
  })
  // A manifest may be changed into another that holds together; parts and receipts may not.
  if (opened && !found && /^(parts|receipts)/.test(name)) throw new Fault(`verify finds nothing in ${name}`)
  await attempt('reading', async () => {
    await using dataset = await openDataset(folder)
    if (dataset.length > 0) dataset.readSync(0, Math.min(dataset.length, 100))
    for await (const batch of dataset.batches()) if (batch.rows < 0) throw new Fault('a batch of no rows')
  })
  await attempt('planning a repair', () => planRepair(folderStorage(folder), { reopen: random() < 0.5 }))
}

async function doCase(number: number): Promise<void> {
  const random = seededRandom(Number(values.seed) * 1_000_003 + number)
  const layout = drawLayout(random)
  const root = mkdtempSync(join(tmpdir(), 'sluice-fuzz-'))
  try {
    const folder = join(root, 'dataset')
    const rows = Array.from({ length: 1 + below(random, 3) }, () => 1 + below(random, 40))
    const all = await writeDataset(folder, layout, rows)
    await readInEveryWay(folder, all, random)
    for (let round = 0; round < 5; round++) {
      const copy = join(root, String(round))
      cpSync(folder, copy, { recursive: true })
      await readDamaged(copy, random)
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
