import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The tiny models whose embeddings transformers 5.18.0 computed, by case and dtype: `gpt2/bf16`. */
export const tinyModels = fileURLToPath(new URL('../../embedding/test/fixtures/models/', import.meta.url))

/** Ids of the tiny models. */
const vocabSize = 96

/** A tokenizer.json whose token `t7` has the id 7, so that a test says ids as text. */
const tokenizer = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: 't0',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(Array.from({ length: vocabSize }, (_, id) => [`t${id}`, id])),
  },
}

/** Copies a tiny model into a folder and puts a tokenizer beside it. */
export function copyTinyModel(name: string, folder: string): string {
  cpSync(join(tinyModels, name), folder, { recursive: true })
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: { content: 't2' } }))
  return folder
}

/** Text that the tiny models' tokenizer turns into these ids. */
export function textOf(ids: Iterable<number>): string {
  return Array.from(ids, (id) => `t${id}`).join(' ')
}

/** The bytes of a tensor in a safetensors file, by the file's layout. */
export function readTensorBytes(path: string, name: string): Buffer {
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, start)) as Readonly<
    Record<string, { readonly data_offsets: readonly [number, number] }>
  >
  const [first, end] = header[name]!.data_offsets
  return file.subarray(start + first, start + end)
}

/** The `input_ids` of a golden file. */
export function readIds(path: string): Int32Array {
  const bytes = Uint8Array.from(readTensorBytes(path, 'input_ids'))
  return Int32Array.from(new BigInt64Array(bytes.buffer), Number)
}
