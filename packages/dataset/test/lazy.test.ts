import { encodeBfloat16, encodeFloat16 } from '@sluice/torch-random'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, array, double, float, property } from 'fast-check'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  folderStorage,
  openDataset,
  verifyDataset,
  type LayoutOptions,
  type TableIdentity,
} from '../src/index.ts'
import { writeDataset } from './write-dataset.ts'

const lazy: LayoutOptions = { maxLength: 4, vocabSize: 1000, embedding: 'lazy', dim: 3, rowsPerBatch: 3 }
const file = 'tables/tables.safetensors'

/** Writes both tables as safetensors. */
function writeTables(folder: string): { readonly tables: TableIdentity[]; readonly values: Float32Array[] } {
  const shapes = { 'wte.weight': [1000, 3], 'wpe.weight': [8, 3] } as const
  const values = Object.values(shapes).map(([rows, columns], table) =>
    Float32Array.from({ length: rows * columns }, (_, index) => Math.sin(index + table) / 3),
  )
  const bytes = values.map((table) => new Uint8Array(table.buffer))
  const end = bytes[0]!.byteLength
  const head = new TextEncoder().encode(
    JSON.stringify({
      'wte.weight': { dtype: 'F32', shape: [1000, 3], data_offsets: [0, end] },
      'wpe.weight': { dtype: 'F32', shape: [8, 3], data_offsets: [end, end + bytes[1]!.byteLength] },
    }),
  )
  mkdirSync(join(folder, 'tables'), { recursive: true })
  const length = new BigUint64Array([BigInt(head.byteLength)])
  writeFileSync(join(folder, file), Buffer.concat([new Uint8Array(length.buffer), head, ...bytes]))
  const tables = Object.entries(shapes).map(([name, shape], index): TableIdentity => {
    const sha256 = createHash('sha256').update(bytes[index]!).digest('hex')
    return { name, shape, dtype: 'f32', sha256, file }
  })
  return { tables, values }
}

const identities = (tables: readonly TableIdentity[]) => ({
  identities: { tokenizer: { name: 'gpt2', vocabSize: 1000, sha256: 'b'.repeat(64) }, tables, graph: null },
})

test.each(['f32', 'f16', 'bf16'] as const)(
  'a lazy dataset gives the sums of its tables, in %s',
  async (dtype) => {
    const folder = temporaryFolder()
    const { tables, values } = writeTables(folder)
    const rows = await writeDataset(folder, { ...lazy, dtype }, [4, 2], identities(tables))
    const [token, position] = values
    const sums = Float32Array.from({ length: 6 * 4 * 3 }, (_, element) => {
      const index = Math.floor(element / 3)
      return token![rows.inputIds[index]! * 3 + (element % 3)]! + position![(index % 4) * 3 + (element % 3)]!
    })
    const bits = new Uint16Array(sums.length)
    if (dtype !== 'f32') (dtype === 'f16' ? encodeFloat16 : encodeBfloat16)(sums, bits)
    const expected = dtype === 'f32' ? sums : bits

    await using dataset = await openDataset(folder)
    expect((await dataset.read(0, 6)).inputsEmbeds).toEqual(expected)
    expect(dataset.readSync(5).inputsEmbeds).toEqual(expected.slice(5 * 12))
    for await (const batch of dataset.batches()) {
      const from = batch.firstWindow * 12
      expect(batch.inputsEmbeds).toEqual(expected.slice(from, from + batch.rows * 12))
    }
    expect((await verifyDataset(folderStorage(folder))).problems).toEqual([])
  },
)

test('positions that restart are looked up where the rows say so', async () => {
  const folder = temporaryFolder()
  const { tables, values } = writeTables(folder)
  const rows = await writeDataset(folder, { ...lazy, positionIds: true }, [2], identities(tables))
  await using dataset = await openDataset(folder)
  const { inputsEmbeds, positionIds } = await dataset.read(1)
  expect(positionIds).toEqual(rows.positionIds?.slice(4))
  expect(inputsEmbeds?.[0]).toBe(Math.fround(values[0]![rows.inputIds[4]! * 3]! + values[1]![0]!))
})

test('other tables than the manifest names are refused, by reads and by verify', async () => {
  const folder = temporaryFolder()
  const { tables } = writeTables(folder)
  await writeDataset(folder, lazy, [2], identities(tables))
  const bytes = readFileSync(join(folder, file))
  bytes[bytes.length - 3]! ^= 1
  writeFileSync(join(folder, file), bytes)
  await using dataset = await openDataset(folder)
  await expect(dataset.read(0)).rejects.toMatchObject({ code: 'mismatch', file })
  expect(() => dataset.readSync(0)).toThrow('these are not the tables the dataset was made with')
  const { problems } = await verifyDataset(folderStorage(folder))
  expect(problems).toMatchObject([{ code: 'wrong-hash', file }])
  expect(problems[0]?.message).toContain('wpe.weight')
})

test('a safetensors file that is cut or has another shape is an error naming it', async () => {
  const folder = temporaryFolder()
  const { tables } = writeTables(folder)
  await writeDataset(folder, lazy, [2], identities(tables))
  const bytes = readFileSync(join(folder, file))
  await using dataset = await openDataset(folder)
  for (const length of [0, 7, 8, 60, 200, bytes.length - 1]) {
    writeFileSync(join(folder, file), bytes.subarray(0, length))
    await expect(dataset.read(0)).rejects.toMatchObject({ code: 'corrupt', file })
  }
})

test('deep verification compares recomputed windows and names the first difference', async () => {
  const folder = temporaryFolder()
  const rows = await writeDataset(folder, { ...lazy, embedding: 'none' }, [5, 4])
  const recompute = async (window: number) => ({
    inputIds: rows.inputIds
      .slice(window * 4, window * 4 + 4)
      .map((id, at) => (window === 8 && at === 2 ? id + 1 : id)),
    targetIds: rows.targetIds.slice(window * 4, window * 4 + 4),
  })
  const report = await verifyDataset(folderStorage(folder), { deep: { windows: 3, recompute } })
  expect(report.windowsChecked).toBe(3)
  expect(report.problems).toMatchObject([{ code: 'wrong-window' }])
  expect(report.problems[0]?.message).toContain(
    'Window 8: `inputIds` differs from what its source gives at element 2',
  )
})

test('float16 bits are those of Float16Array', () => {
  const values = array(float({ noNaN: true }), { minLength: 1 })
  assert(
    property(values, array(double({ min: -70_000, max: 70_000, noNaN: true })), (floats, doubles) => {
      const source = Float32Array.from([...floats, ...doubles, 65519.99, 65520, 2 ** -24, 2 ** -25, -0])
      const bits = new Uint16Array(source.length)
      encodeFloat16(source, bits)
      expect(bits).toEqual(new Uint16Array(new Float16Array(source).buffer))
    }),
  )
})

test('bfloat16 rounds to nearest, ties to even', () => {
  const words = Uint32Array.of(
    0x3f800000,
    0x3f808000,
    0x3f818000,
    0x3f808001,
    0x7f7fffff,
    0xff800000,
    0x7fc00001,
  )
  const bits = new Uint16Array(words.length)
  encodeBfloat16(new Float32Array(words.buffer), bits)
  expect([...bits]).toEqual([0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0xff80, 0x7fc0])
})
