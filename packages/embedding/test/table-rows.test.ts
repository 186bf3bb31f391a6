import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { temporaryFolder } from '@sluice/testing'
import { decodeBfloat16 } from '@sluice/torch-random'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TableRows } from '@sluice/embedding'

type Tensor = ConstructorParameters<typeof TableRows>[0]

/** A table whose 16-bit word `j` of row `i` is `7 i + j`, in a file that starts with something else. */
function writeTable(numEmbeddings: number, embeddingDim: number): Tensor {
  const path = join(temporaryFolder(), 'table.safetensors')
  const words = new Uint16Array(numEmbeddings * embeddingDim)
  for (let i = 0; i < words.length; i++) words[i] = 7 * Math.floor(i / embeddingDim) + (i % embeddingDim)
  const file = openSync(path, 'w')
  writeSync(file, new Uint8Array(words.buffer), 0, words.byteLength, 104)
  closeSync(file)
  const shape = [numEmbeddings, embeddingDim]
  return { name: 'wte', path, dtype: 'BF16', shape, offset: 104, byteLength: words.byteLength }
}

/** The rows by the definition of the table. */
function expectedRows(ids: Int32Array, dim: number): Uint16Array {
  return Uint16Array.from({ length: ids.length * dim }, (_, i) => 7 * ids[Math.floor(i / dim)]! + (i % dim))
}

function open(tensor: Tensor, ...rest: [shared?: TableRows['shared'], keptBytes?: number]): TableRows {
  const rows = new TableRows(tensor, ...rest)
  onTestFinished(() => rows.close())
  return rows
}

const someIds = (count: number, rows: number) =>
  Int32Array.from({ length: count }, (_, i) => (i * 7919) % rows)

// Row sizes around a stage's 64 KiB, odd ones, and limits that keep all, some or no rows.
describe.each([
  { rows: 300, dim: 1 },
  { rows: 300, dim: 3 },
  { rows: 1000, dim: 768 },
  { rows: 9, dim: 32768 },
  { rows: 5, dim: 40001 },
])('rows of a table of $rows x $dim', ({ rows, dim }) => {
  it.each([0, rows * dim, 1 << 30])('are those of the file when %i bytes may be kept', (keptBytes) => {
    const table = open(writeTable(rows, dim), undefined, keptBytes)
    const ids = someIds(Math.min(6000, 1e6 / dim), rows)
    const want = expectedRows(ids, dim)
    for (let round = 0; round < 2; round++) {
      const elsewhere = new Uint8Array(want.byteLength)
      table.gatherStored(ids, elsewhere)
      expect(Buffer.compare(elsewhere, new Uint8Array(want.buffer))).toBe(0)
      const own = table.allocate(want.byteLength)!
      table.gatherStored(ids, own)
      expect(Buffer.compare(own, new Uint8Array(want.buffer))).toBe(0)
    }
    const [wide, decoded] = [new Float32Array(want.length), new Float32Array(want.length)]
    decodeBfloat16(want, decoded)
    table.gather(ids, wide)
    expect(Buffer.compare(new Uint8Array(wide.buffer), new Uint8Array(decoded.buffer))).toBe(0)
  })
})

describe('a table that threads share', () => {
  it('gives another thread the rows that one has read, when the file no longer has them', async () => {
    const tensor = writeTable(500, 64)
    const first = open(tensor)
    const ids = someIds(500, 500)
    first.gatherStored(ids, new Uint8Array(500 * 128))
    // A batch that makes the memory grow under the other table.
    const second = open(tensor, first.shared)
    first.allocate(8 << 20)!.fill(1)
    const file = openSync(tensor.path, 'r+')
    ftruncateSync(file, 0)
    closeSync(file)
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { memory, blocks } = workerData
      parentPort.postMessage([memory.buffer.byteLength > 8 << 20, new Int32Array(blocks).every((at) => at !== 0)])`
    const worker = new Worker(source, { eval: true, workerData: first.shared })
    expect(await new Promise((resolve) => worker.once('message', resolve))).toEqual([true, true])
    await worker.terminate()
    const target = new Uint8Array(500 * 128)
    second.gatherStored(ids, target)
    expect(Buffer.compare(target, new Uint8Array(expectedRows(ids, 64).buffer))).toBe(0)
  })
})

it('has no room for batches beyond its reservation', () => {
  const table = open(writeTable(500, 64))
  expect(table.allocate(2 ** 31)).toBeUndefined()
  expect(table.allocate(64)?.length).toBe(64)
})

describe('refusals of a table of rows', () => {
  it.each([-1, 500, 2 ** 31 - 1])('id %i is no row', (id) => {
    const table = open(writeTable(500, 8))
    expect(() => table.gatherStored(Int32Array.of(0, id), new Uint8Array(32))).toThrow(
      `Expected ids from 0 to 499, the rows of wte, got ${id}`,
    )
  })

  it('a target of another size', () => {
    const table = open(writeTable(500, 8))
    expect(() => table.gatherStored(Int32Array.of(0, 1), new Uint8Array(31))).toThrow('2 x 16 bytes, got 31')
    expect(() => table.gather(Int32Array.of(0, 1), new Float32Array(15))).toThrow('2 x 8 values, got 15')
  })

  it('a file that ends within the table', () => {
    const tensor = writeTable(500, 8)
    const table = open({ ...tensor, shape: [600, 8], byteLength: 9600 })
    expect(() => table.gatherStored(Int32Array.of(599), new Uint8Array(16))).toThrow('ends within wte')
  })
})
