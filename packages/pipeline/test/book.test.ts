import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cutWindows, countWindows } from '@sluice/dataloader'
import { openDataset } from '@sluice/dataset'
import { createEmbedder, createEmbeddingTable, type EmbeddingTable } from '@sluice/embedding'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { Generator } from '@sluice/torch-random'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'
import expectedFile from './fixtures/ch02_expected.json' with { type: 'json' }
import embeddings from './fixtures/input-embeddings.json' with { type: 'json' }

interface Entry {
  readonly id: string
  readonly what: string
  readonly input?: unknown
  readonly expected: unknown
}

const entries: readonly Entry[] = expectedFile.entries
const verdict = readFileSync(theVerdict, 'utf8')
const gpt2 = await getEncoding('gpt2')
const verdictIds = gpt2.encode(verdict)
const endOfText = { allowedSpecial: ['<|endoftext|>'] }

/** Batch `index` of `create_dataloader_v1(ids, batchSize, maxLength, stride, shuffle=False, drop_last=True)`. */
function batch(ids: Iterable<number>, batchSize: number, maxLength: number, stride: number, index: number) {
  const stream = Int32Array.from(ids)
  const shape = { maxLength, stride }
  const first = index < 0 ? Math.floor(countWindows(stream.length, shape) / batchSize) + index : index
  const inputIds = new Int32Array(batchSize * maxLength)
  const targetIds = new Int32Array(batchSize * maxLength)
  cutWindows(stream.subarray(first * batchSize * stride), batchSize, shape, inputIds, targetIds)
  return { inputs: rows(inputIds, maxLength), targets: rows(targetIds, maxLength) }
}

function rows(values: Int32Array | Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ])
}

/** As the notebook prints a tensor: four decimals. */
function printed(values: Float32Array, columns: number): number[][] {
  return rows(values, columns).map((row) => row.map((value) => Number(value.toFixed(4))))
}

const table = (numEmbeddings: number, embeddingDim: number): EmbeddingTable =>
  createEmbeddingTable({ numEmbeddings, embeddingDim, generator: new Generator(123) })

function lookUp({ weight, embeddingDim }: EmbeddingTable, ids: unknown): number[][] {
  return (ids as number[]).flatMap((id) =>
    printed(weight.subarray(id * embeddingDim, (id + 1) * embeddingDim), embeddingDim),
  )
}

async function shapeOfEmbeddings(contextLength: number): Promise<number[]> {
  const generator = new Generator(123)
  const tokenTable = createEmbeddingTable({ numEmbeddings: 50257, embeddingDim: 256, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: contextLength, embeddingDim: 256, generator })
  const embedder = await createEmbedder({ tokenTable, positionTable })
  const { inputs } = batch(verdictIds, 8, 4, 4, 0)
  const output = new Float32Array(8 * 4 * embedder.embeddingDim)
  await embedder.embed(Int32Array.from(inputs.flat()), Int32Array.of(0, 1, 2, 3), output)
  await embedder.close()
  return [inputs.length, inputs[0]!.length, output.length / inputs.flat().length]
}

/** How each entry is computed; a prefix stands for all entries that begin with it. */
const compute: Readonly<Record<string, (entry: Entry) => unknown>> = {
  'main.verdict_chars': () => ({ length: [...verdict].length, first99: verdict.slice(0, 99) }),
  'main.gpt2_encode_special': ({ input }) => [...gpt2.encode(input as string, endOfText)],
  'main.gpt2_decode_special': ({ input }) => gpt2.decode(input as number[]),
  'main.verdict_gpt2_len': () => verdictIds.length,
  'main.sample_xy': () => ({ x: [...verdictIds.slice(50, 54)], y: [...verdictIds.slice(51, 55)] }),
  'main.sample_pairs_ids': () =>
    [1, 2, 3, 4].map((size) => [[...verdictIds.slice(50, 50 + size)], verdictIds[50 + size]]),
  'main.sample_pairs_text': () =>
    [1, 2, 3, 4].map((size) => [
      gpt2.decode(verdictIds.slice(50, 50 + size)),
      gpt2.decode(verdictIds.slice(50 + size, 51 + size)),
    ]),
  'main.loader_bs1_first': () => batch(verdictIds, 1, 4, 1, 0),
  'main.loader_bs1_second': () => batch(verdictIds, 1, 4, 1, 1),
  'main.loader_bs8_first': () => batch(verdictIds, 8, 4, 4, 0),
  'main.embedding_6x3_weight': () => printed(table(6, 3).weight, 3),
  'main.embedding_lookup': ({ input }) => lookUp(table(6, 3), input),
  'main.batch_for_embedding': () => ({ inputs: batch(verdictIds, 8, 4, 4, 0).inputs, shape: [8, 4] }),
  'main.token_embeddings_shape': () => shapeOfEmbeddings(4),
  'main.pos_embeddings_shape': () => [4, table(4, 256).weight.length / 4],
  'main.input_embeddings_shape': () => shapeOfEmbeddings(4),
  'dataloader_nb.input_embeddings_shape': () => shapeOfEmbeddings(1024),
  'ex2.1.encode': ({ input }) => [...gpt2.encode(input as string)],
  'ex2.1.pieces': () => [...gpt2.encode('Akwirw ier')].map((id) => [id, gpt2.decode([id])]),
  'ex2.1.decode': ({ input }) => gpt2.decode(input as number[]),
  'ex2.2.bs4_len2_stride2': () => batch(verdictIds, 4, 2, 2, 0).inputs,
  'ex2.2.bs4_len8_stride2': () => batch(verdictIds, 4, 8, 2, 0).inputs,
  'bpe_compare.tiktoken': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_compare.openai_original': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_compare.hf': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_compare.from_scratch': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_compare.decode': ({ input }) => gpt2.decode(input as number[]),
  'bpe_compare.n_vocab': () => gpt2.vocabSize,
  'bpe_compare.verdict_len': () => verdictIds.length,
  'matmul.embedding_4x5': () => printed(table(4, 5).weight, 5),
  'matmul.lookup': ({ input }) => lookUp(table(4, 5), input),
  'matmul.linear_of_onehot': ({ input }) => lookUp(table(4, 5), input),
  'intuition.batch1': () => batch(Array(1001).keys(), 1, 4, 1, 0),
  'intuition.batch2': () => batch(Array(1001).keys(), 1, 4, 1, 1),
  'intuition.batch3': () => batch(Array(1001).keys(), 1, 4, 1, 2),
  'intuition.last': () => batch(Array(1001).keys(), 1, 4, 1, -1),
  'intuition.bs2_stride4_last': () => batch(Array(1001).keys(), 2, 4, 4, -1),
  'bpe_scratch.bytes': ({ input }) => [...new TextEncoder().encode(input as string)],
  'bpe_scratch.newline_roundtrip': ({ input }) => gpt2.decode(gpt2.encode(input as string)),
  'bpe_scratch.gpt2_vocab': () => gpt2.vocabSize,
  'bpe_scratch.gpt2_encode': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_tests.gpt2': ({ input }) => [...gpt2.encode(input as string)],
  'bpe_tests.newline_id': () => ({
    newline: gpt2.encode('\n')[0],
    endoftext: gpt2.endOfTextId,
    carriage_return: gpt2.encode('\r')[0],
  }),
  'bpe_tests.tiktoken_equal_eot': ({ input }) => [...gpt2.encode(input as string, endOfText)],
  'bpe_tests.tiktoken_equal': ({ input }) => [...gpt2.encode(input as string)],
}

/** Entries about things that are not this product's, and the package that covers those that are another's. */
const elsewhere: Readonly<Record<string, string>> = {
  'main.split': 'the word splitter that the chapter builds before BPE',
  'main.verdict_first30_words': 'the same',
  'main.verdict_word_count': 'the same',
  'main.simple_vocab': 'the same',
  'main.tokv': 'the word-level tokenizers that the chapter discards',
  'matmul.onehot': 'a matrix of ones and zeros',
  'matmul.linear_weight': 'a Linear layer, and its weight as nn.Linear draws it',
  'intuition.shuffled_last': 'the order of a shuffled loader',
  bpe_scratch: 'a tokenizer trained on the text',
  'bpe_tests.disallowed_special': '@sluice/tokenizer, where errors are tested',
  'appA.': 'orders of a shuffled loader, and a small network trained in PyTorch',
  'appA2.': 'the same',
}

/** The entries whose id begins with a key, and with no longer key of the other list. */
const isComputed = (id: string): boolean => longestKey(compute, id).length > longestKey(elsewhere, id).length

function longestKey(keys: Readonly<Record<string, unknown>>, id: string): string {
  return Object.keys(keys).reduce(
    (best, key) => (id.startsWith(key) && key.length > best.length ? key : best),
    '',
  )
}

describe('the outputs the book prints', () => {
  test.each(entries.filter(({ id }) => isComputed(id)))('$id: $what', async (entry) => {
    expect(await compute[longestKey(compute, entry.id)]!(entry)).toEqual(entry.expected)
  })

  test('are all computed here, or named as another matter', () => {
    const unnamed = entries.filter(({ id }) => !isComputed(id) && longestKey(elsewhere, id) === '')
    expect(unnamed.map(({ id }) => id)).toEqual([])
    expect(entries.filter(({ id }) => isComputed(id)).length).toBe(64)
  })
})

describe('a dataset of the example text', () => {
  const folder = temporaryFolder({ removeAt: afterAll })
  const out = join(folder, 'verdict')
  const config = resolveRunConfig({ corpus: [theVerdict], maxLength: 4 })

  beforeAll(async () => {
    await runLocally({ config, out })
  })

  test("holds the chapter's first three batches of input embeddings, bit for bit", async () => {
    await using dataset = await openDataset(out)
    expect(dataset.length).toBe(1286)
    for (const [index, expected] of embeddings.batches.entries()) {
      const { inputIds, inputsEmbeds } = await dataset.read(index * 8, 8)
      if (index === 0) expect(rows(inputIds as Int32Array, 4)).toEqual(embeddings.firstBatch.inputs)
      const { buffer, byteOffset, byteLength } = inputsEmbeds!
      expect(byteLength).toBe(8 * 4 * 256 * 4)
      expect(sha256(new Uint8Array(buffer, byteOffset, byteLength))).toBe(expected)
    }
  })

  test('names the tables that torch draws', async () => {
    await using dataset = await openDataset(out)
    expect(dataset.manifest.identities.tables.map(({ sha256: hash }) => hash)).toEqual([
      embeddings.tokenTable,
      embeddings.positionTable,
    ])
  })

  test('says of every window which bytes of the text it holds', async () => {
    await using dataset = await openDataset(out)
    const bytes = readFileSync(theVerdict)
    for await (const { rows: count, inputIds, byteStart, byteEnd } of dataset.batches()) {
      for (let row = 0; row < count; row++) {
        const text = bytes.subarray(Number(byteStart[row]), Number(byteEnd[row])).toString('utf8')
        expect(text).toBe(gpt2.decode(inputIds.subarray(row * 4, row * 4 + 4)))
      }
    }
  })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
