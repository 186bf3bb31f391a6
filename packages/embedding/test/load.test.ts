import { readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Generator } from '@sluice/torch-random'
import {
  castTable,
  createEmbedder,
  createEmbeddingTable,
  loadTable,
  loadTables,
  tableSha256,
  drawEmbeddingFiles,
  writeEmbeddingFiles,
  writeSafetensors,
  writeTableFiles,
  type EmbedderOptions,
  type WriteFile,
} from '@sluice/embedding'
import { writeFileAtomically } from '../src/safetensors/write.ts'
import { fromHex, readGolden, toHex } from './golden.ts'

const golden: Record<'wte' | 'wpe' | 'wte_f16' | 'wpe_f16' | 'wte_bf16' | 'wpe_bf16', string[]> =
  readGolden('checkpoints')
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

async function embed(options: EmbedderOptions, ids: number[], positions: number[]): Promise<Float32Array> {
  const embedder = await createEmbedder(options)
  onTestFinished(() => embedder.close())
  const output = new Float32Array(ids.length * embedder.embeddingDim)
  await embedder.embed(Int32Array.from(ids), Int32Array.from(positions), output)
  return output
}

function sum(token: Float32Array, position: Float32Array, ids: number[], positions: number[]): Float32Array {
  return Float32Array.from(
    ids.flatMap((id, i) => [0, 1, 2, 3].map((d) => token[id * 4 + d]! + position[positions[i]! * 4 + d]!)),
  )
}

const rows = (name: string, hex: string[]) =>
  ({ name, dtype: 'F32', shape: [hex.length / 4, 4], data: fromHex(hex) }) as const

const ids = [9, 0, 3, 3]
const positions = [0, 1, 2, 5]

describe('loadTables', () => {
  it("reads GPT-2's names from a file of Python's safetensors", async () => {
    const { tokenTable, positionTable } = await loadTables(fixture('gpt2-tiny.safetensors'), {
      vocabSize: 10,
      contextLength: 6,
      embeddingDim: 4,
    })
    expect(toHex(tokenTable.weight)).toEqual(golden.wte)
    expect(toHex(positionTable?.weight ?? new Float32Array())).toEqual(golden.wpe)
    expect(tokenTable).toMatchObject({ numEmbeddings: 10, embeddingDim: 4, dtype: 'f32' })
  })

  it.each(['f16', 'bf16'] as const)(
    'widens %s, which is drawn and rounded as PyTorch does',
    async (dtype) => {
      const path = fixture(`gpt2-tiny-${dtype}.safetensors`)
      const { tokenTable, positionTable } = await loadTables(path)
      expect(toHex(tokenTable.weight)).toEqual(golden[`wte_${dtype}`])
      expect(tokenTable.dtype).toBe(dtype)
      const generator = new Generator(123)
      const drawn = createEmbeddingTable({ numEmbeddings: 10, embeddingDim: 4, generator, dtype })
      expect(toHex(drawn.weight)).toEqual(golden[`wte_${dtype}`])
      expect(positionTable?.dtype).toBe(dtype)
    },
  )

  it.each(['gpt2-tiny', 'gpt2-tiny-f16', 'gpt2-tiny-bf16'])(
    'looks %s up in place, unloaded',
    async (name) => {
      const checkpoint = fixture(`${name}.safetensors`)
      const { tokenTable, positionTable } = await loadTables(checkpoint)
      const expected = sum(tokenTable.weight, positionTable!.weight, ids, positions)
      expect(await embed({ checkpoint }, ids, positions)).toEqual(expected)
      expect(await embed({ tokenTable, positionTable }, ids, positions)).toEqual(expected)
      const token = Float32Array.from(
        ids.flatMap((id) => Array.from(tokenTable.weight.subarray(id * 4, id * 4 + 4))),
      )
      expect(await embed({ checkpoint, positionName: null }, ids, [])).toEqual(token)
    },
  )

  it('follows the symlinks of a download cache', async () => {
    const folder = temporaryFolder()
    await symlink(fixture('gpt2-tiny.safetensors'), join(folder, 'model.safetensors'))
    const expected = sum(fromHex(golden.wte), fromHex(golden.wpe), ids, positions)
    expect(await embed({ checkpoint: join(folder, 'model.safetensors') }, ids, positions)).toEqual(expected)
  })

  it('reads a checkpoint in shards', async () => {
    const folder = temporaryFolder()
    await writeSafetensors(join(folder, 'a.safetensors'), [rows('model.embed_tokens.weight', golden.wte)])
    await writeSafetensors(join(folder, 'b.safetensors'), [rows('wpe.weight', golden.wpe)])
    const index = join(folder, 'model.safetensors.index.json')
    const weight_map = { 'model.embed_tokens.weight': 'a.safetensors', 'wpe.weight': 'b.safetensors' }
    await writeFile(index, JSON.stringify({ weight_map }))
    const { tokenTable, positionTable } = await loadTables(index)
    expect(toHex(tokenTable.weight)).toEqual(golden.wte)
    expect(toHex(positionTable!.weight)).toEqual(golden.wpe)
    await expect(createEmbedder({ checkpoint: index })).rejects.toThrow('expected both tables in one file')
    await writeFile(index, JSON.stringify({ weight_map: { x: '../a.safetensors' } }))
    await expect(loadTables(index)).rejects.toThrow(
      'expected safetensors files beside the index, got "../a.safetensors"',
    )
  })

  it.each([
    [{ tokenName: 'tok.weight' }, 'no tensor named tok.weight; its tensors of two dimensions are '],
    [{ tokenName: 'tok.weight' }, 'wte.weight [10, 4]'],
    [{ tokenName: 'ln_f.weight' }, 'expected ln_f.weight to have two dimensions, got [4]'],
    [{ vocabSize: 50257 }, 'expected wte.weight to have 50257 rows, got [10, 4]'],
    [{ contextLength: 1024 }, 'expected wpe.weight to have 1024 rows, got [6, 4]'],
    [{ embeddingDim: 768 }, 'expected wte.weight to have 768 columns, got [10, 4]'],
    [{ positionName: 'pos' }, 'no tensor named pos'],
  ])('says what does not fit: %j', async (options, message) => {
    const path = fixture('gpt2-tiny.safetensors')
    await expect(loadTables(path, options)).rejects.toThrow(message)
    await expect(createEmbedder({ checkpoint: path, ...options })).rejects.toThrow(message)
  })
})

describe('loadTable', () => {
  it.each(['f2', 'f4', 'f8'])('reads %s from a .npy file', async (format) => {
    const table = await loadTable(fixture(`wte-${format}.npy`), { numEmbeddings: 10, paddingIdx: -1 })
    const expected = format === 'f2' ? castTable(table, 'f16').weight : fromHex(golden.wte)
    expect(table.weight).toEqual(expected)
    expect(table.paddingIdx).toBe(9)
  })

  it('refuses columns first', async () => {
    await expect(loadTable(fixture('wte-fortran.npy'))).rejects.toThrow(
      'got <f4 in Fortran order; save np.ascontiguousarray',
    )
  })

  it('refuses pickles', async () => {
    await expect(loadTable('pytorch_model.bin')).rejects.toThrow('pickled checkpoints are not read')
  })

  it('refuses files that are cut, wherever', async () => {
    const folder = temporaryFolder()
    for (const name of ['gpt2-tiny.safetensors', 'wte-f4.npy']) {
      const whole = await readFile(fixture(name))
      for (const length of [0, 4, 9, 60, whole.length - 1]) {
        const path = join(folder, `${length}-${name}`)
        await writeFile(path, whole.subarray(0, length))
        await expect(loadTable(path)).rejects.toMatchObject({ code: 'invalid-file' })
      }
    }
  })

  it.each([
    ['{"a":[1]}', 'expected a to be an object'],
    ['[1]', 'expected the header to be an object'],
    ['{', 'the safetensors header is not JSON'],
    ['{"a":{"dtype":"F32","shape":[1,-1],"data_offsets":[0,4]}}', 'no valid dtype, shape and data_offsets'],
    ['{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,99]}}', 'it may be cut: fetch it again'],
    ['{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,4]}}', 'which takes 8 bytes, but has 4'],
    [
      '{"a":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}}',
      'expected a to be F64, F32, F16 or BF16, got I8',
    ],
  ])('refuses the header %s', async (header, message) => {
    const path = join(temporaryFolder(), 'bad.safetensors')
    const bytes = Buffer.alloc(8 + header.length + 4)
    bytes.writeBigUInt64LE(BigInt(header.length))
    bytes.write(header, 8)
    await writeFile(path, bytes)
    await expect(loadTable(path, { name: 'a' })).rejects.toThrow(message)
  })
})

describe('writeEmbeddingFiles', () => {
  it.each(['f32', 'f16', 'bf16'] as const)(
    'saves %s tables that are loaded and looked up as they were',
    async (dtype) => {
      const generator = new Generator(4)
      const tokenTable = createEmbeddingTable({ numEmbeddings: 33, embeddingDim: 4, generator, dtype })
      const positionTable = createEmbeddingTable({ numEmbeddings: 6, embeddingDim: 4, generator, dtype })
      const directory = temporaryFolder()
      const files = await writeEmbeddingFiles(directory, { tokenTable, positionTable })
      expect(files.tables.name).toBe('tables.safetensors')
      expect((await readFile(join(directory, 'tables.safetensors'))).length).toBe(files.tables.byteLength)
      const loaded = await loadTables(join(directory, 'tables.safetensors'))
      expect(tableSha256(loaded.tokenTable)).toBe(tableSha256(tokenTable))
      expect(loaded.positionTable).toEqual(positionTable)
      const expected = sum(tokenTable.weight, positionTable.weight, ids, positions)
      expect(await embed({ directory }, ids, positions)).toEqual(expected)
      const again = await writeEmbeddingFiles(temporaryFolder(), { tokenTable, positionTable })
      expect(again).toEqual(files)
    },
  )

  it('may be called several times at once for one folder', async () => {
    const tokenTable = createEmbeddingTable({
      numEmbeddings: 500,
      embeddingDim: 64,
      generator: new Generator(5),
    })
    const directory = temporaryFolder()
    const all = await Promise.all(
      Array.from({ length: 8 }, () => writeEmbeddingFiles(directory, { tokenTable })),
    )
    for (const files of all) expect(files).toEqual(all[0])
    expect((await readdir(directory)).toSorted()).toEqual(['embedding.onnx', 'tables.safetensors'])
    const { tokenTable: loaded } = await loadTables(join(directory, 'tables.safetensors'))
    expect(tableSha256(loaded)).toBe(tableSha256(tokenTable))
  })
})

const writeInto =
  (folder: string): WriteFile =>
  (name, chunks) =>
    writeFileAtomically(join(folder, name), chunks)

it.each([
  [33, 6, 4],
  [5000, 1000, 64],
  [1, 1, 3],
])(
  'tables of %d and %d rows are drawn into the files that drawn tables are saved in',
  async (vocabSize, contextLength, dim) => {
    const generator = new Generator(6)
    const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
    const positionTable = createEmbeddingTable({ numEmbeddings: contextLength, embeddingDim: dim, generator })
    const [folder, other] = [temporaryFolder(), temporaryFolder()]
    const files = await writeEmbeddingFiles(folder, { tokenTable, positionTable })
    const sizes = { numEmbeddings: vocabSize, numPositions: contextLength, embeddingDim: dim }
    const { drawn, ...same } = await drawEmbeddingFiles(writeInto(other), {
      ...sizes,
      generator: new Generator(6),
    })
    expect(same).toEqual(files)
    expect(drawn).toEqual([
      { name: 'wte.weight', shape: [vocabSize, dim], sha256: tableSha256(tokenTable) },
      { name: 'wpe.weight', shape: [contextLength, dim], sha256: tableSha256(positionTable) },
    ])
    // What is written is hashed once, on its way: a file that nobody hashes has the same hashes of its tables.
    const unhashed = await writeTableFiles(async (_name, chunks) => void Array.from(chunks), {
      embeddingDim: dim,
      token: { rows: vocabSize, pieces: [tokenTable.weight] },
      position: { rows: contextLength, pieces: [positionTable.weight] },
    })
    expect(unhashed).toEqual({ tables: undefined, graph: undefined, drawn, graphSha256: files.graph.sha256 })
    const [first, second] = await Promise.all(
      [folder, other].map((path) => readFile(join(path, 'tables.safetensors'))),
    )
    expect(Buffer.compare(first!, second!)).toBe(0)
  },
)
