import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openModel, writeSafetensors, type TensorToWrite } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'

const models = fileURLToPath(new URL('fixtures/models/', import.meta.url))

function copyOf(name: string): string {
  const folder = temporaryFolder()
  cpSync(join(models, name), folder, { recursive: true })
  return folder
}

/** Writes a file whose header says this of its tensors, whatever the bytes. */
function writeHeader(path: string, tensors: Readonly<Record<string, unknown>>, byteLength: number): void {
  const json = Buffer.from(JSON.stringify(tensors))
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(BigInt(json.length))
  writeFileSync(path, Buffer.concat([head, json]))
  // Sparse: it takes no room on the disk.
  truncateSync(path, 8 + json.length + byteLength)
}

const config = { model_type: 'llama', vocab_size: 96, hidden_size: 16, torch_dtype: 'bfloat16' }

function folderOf(tensors: Readonly<Record<string, unknown>>, byteLength: number, more: object = {}): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...more }))
  writeHeader(join(folder, 'model.safetensors'), tensors, byteLength)
  return folder
}

const name = 'model.embed_tokens.weight'

test.each<[string, Readonly<Record<string, unknown>>, number, RegExp]>([
  [
    'overlapping tensors',
    {
      [name]: { dtype: 'BF16', shape: [96, 16], data_offsets: [0, 3072] },
      'lm_head.weight': { dtype: 'BF16', shape: [96, 16], data_offsets: [64, 3136] },
    },
    4096,
    /model\.embed_tokens\.weight and lm_head\.weight share bytes/,
  ],
  [
    'a tensor beyond the end',
    { [name]: { dtype: 'BF16', shape: [96, 16], data_offsets: [0, 3072] } },
    3071,
    /lies at bytes .* the file has/,
  ],
  [
    'a shape that is not its bytes',
    { [name]: { dtype: 'BF16', shape: [96, 17], data_offsets: [0, 3072] } },
    3072,
    /takes 3264 bytes, but has 3072/,
  ],
  [
    'sizes whose product is no integer',
    { [name]: { dtype: 'BF16', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 3072] } },
    3072,
    /takes .* bytes, but has 3072/,
  ],
  [
    'negative sizes',
    { [name]: { dtype: 'BF16', shape: [-96, -16], data_offsets: [0, 3072] } },
    3072,
    /no valid dtype/,
  ],
  [
    'a quantized table',
    { [name]: { dtype: 'F8_E4M3', shape: [96, 16], data_offsets: [0, 1536] } },
    1536,
    /F64, F32, F16 or BF16, got F8_E4M3/,
  ],
  [
    'no rows',
    { [name]: { dtype: 'BF16', shape: [0, 16], data_offsets: [0, 0] } },
    0,
    /vocab_size|to have values/,
  ],
  [
    'three dimensions',
    { [name]: { dtype: 'BF16', shape: [96, 4, 4], data_offsets: [0, 3072] } },
    3072,
    /two dimensions/,
  ],
])('a header with %s is refused', async (_, tensors, byteLength, message) => {
  await expect(openModel(folderOf(tensors, byteLength))).rejects.toThrow(message)
})

test.each([2 ** 20, 2 ** 28])(
  'a table of %i rows of 8 KB opens without being read, and its last row is found',
  async (rows) => {
    const table = { dtype: 'BF16', shape: [rows, 4096], data_offsets: [0, rows * 8192] }
    const model = await openModel(
      folderOf({ [name]: table }, rows * 8192, { vocab_size: rows, hidden_size: 4096 }),
    )
    expect(model.inputsEmbeds(Int32Array.of(0, rows - 1))).toEqual(new Float32Array(2 * 4096))
    model.close()
  },
)

test('positions of many gigabytes are not read into memory', async () => {
  const rows = 2 ** 20
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ model_type: 'gpt2', vocab_size: 4, n_positions: rows }),
  )
  writeHeader(
    join(folder, 'model.safetensors'),
    {
      'wte.weight': { dtype: 'BF16', shape: [4, 4096], data_offsets: [0, 32768] },
      'wpe.weight': { dtype: 'BF16', shape: [rows, 4096], data_offsets: [32768, 32768 + rows * 8192] },
    },
    32768 + rows * 8192,
  )
  const model = await openModel(folder)
  await expect(model.loadFirstBlock()).rejects.toThrow(/wpe\.weight to have at most/)
  model.close()
})

test('a norm or a projection of another width is refused before anything is computed', async () => {
  const folder = temporaryFolder()
  const sized = (tensor: string, shape: readonly number[]): TensorToWrite => ({
    ...{ name: tensor, dtype: 'F32', shape },
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  })
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ model_type: 'bloom', vocab_size: 4, layer_norm_epsilon: 1e-5 }),
  )
  await writeSafetensors(join(folder, 'model.safetensors'), [
    sized('word_embeddings.weight', [4, 8]),
    sized('word_embeddings_layernorm.weight', [7]),
    sized('word_embeddings_layernorm.bias', [8]),
  ])
  const model = await openModel(folder)
  await expect(model.loadFirstBlock()).rejects.toThrow(/weight of the norm to be as wide .* \(8\), got 7/)
  model.close()
})

test('an index that leads elsewhere, or names what is not there, is refused', async () => {
  const indexOf = (folder: string): string => join(folder, 'model.safetensors.index.json')
  for (const shard of [
    '../model.safetensors',
    '/etc/passwd',
    '..',
    '.',
    '',
    'a\\b.safetensors',
    'config.json',
  ]) {
    const folder = copyOf('llama-sharded/f32')
    writeFileSync(indexOf(folder), JSON.stringify({ weight_map: { [name]: shard } }))
    await expect(openModel(folder)).rejects.toThrow(/expected safetensors files beside the index/)
  }
  const folder = copyOf('llama-sharded/f32')
  const index = JSON.parse(readFileSync(indexOf(folder), 'utf8')) as { weight_map: Record<string, string> }
  const shards = Array.from(new Set(Object.values(index.weight_map)))
  const other = shards.find((shard) => shard !== index.weight_map[name])!
  writeFileSync(indexOf(folder), JSON.stringify({ weight_map: { ...index.weight_map, [name]: other } }))
  await expect(openModel(folder)).rejects.toThrow(/is said to be in .*, which has no such tensor/)
})

test('named pipes and folders in place of files are refused at once; links to files are followed, as caches have them', async () => {
  for (const file of ['config.json', 'model.safetensors']) {
    const pipe = copyOf('llama-tied/f32')
    rmSync(join(pipe, file))
    execFileSync('mkfifo', [join(pipe, file)])
    await expect(openModel(pipe)).rejects.toThrow(/cannot be read \(/)
    const folder = copyOf('llama-tied/f32')
    rmSync(join(folder, file))
    mkdirSync(join(folder, file))
    await expect(openModel(folder)).rejects.toThrow(/cannot be read \(/)
  }
  const cache = copyOf('llama-tied/f32')
  const snapshot = temporaryFolder()
  for (const file of ['config.json', 'model.safetensors'])
    symlinkSync(join(cache, file), join(snapshot, file))
  const model = await openModel(snapshot)
  expect(model.modelType).toBe('llama')
  model.close()
})
