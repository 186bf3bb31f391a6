import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  exportDocuments,
  folderStorage,
  openDataset,
  openDocuments,
  readRowManifest,
  textAt,
  verifyDataset,
  type DocumentRowBatch,
} from '@sluice/dataset'
import { openModel } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  commitShards,
  planForShards,
  recomputeDocuments,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunOptions,
} from '../src/index.ts'
import { writeSources } from './run-folder.ts'
import { copyTinyModel, readIds, readTensorBytes, textOf, tinyModels } from './tiny-model.ts'

const gpt2 = await getEncoding('gpt2')
const endOfText = 50_256

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', ' 日本語', "'s ", 'x', 'é'), {
    minLength: 1,
    maxLength: 12,
  })
  .map((words) => words.join(''))

const anySources = fc.array(
  fc.oneof(
    fc.record({ txt: anyText }),
    fc.record({ jsonl: fc.array(anyText, { minLength: 1, maxLength: 6 }) }),
  ),
  { minLength: 1, maxLength: 4 },
)

const anyOptions = fc.record({
  separator: fc.constantFrom('after', 'none'),
  bosId: fc.constantFrom(null, '7'),
  // What stands around a document is two ids at most.
  maxLength: fc.integer({ min: 3, max: 12 }),
  idType: fc.constantFrom('int32', 'uint16'),
  embeddings: fc.constantFrom('none', 'lazy', 'full'),
})

type Given = typeof anyOptions extends fc.Arbitrary<infer T> ? T : never

/** The ids of one row, the obvious way. */
function idsOf(text: string, { separator, bosId, maxLength }: Given): number[] {
  const before = bosId === null ? [] : [Number(bosId)]
  const after = separator === 'after' ? [endOfText] : []
  const ids = [...before, ...gpt2.encode(text), ...after]
  return ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - after.length), ...after]
}

const manifestOf = (out: string): string => readFileSync(join(out, 'manifest.json'), 'utf8')

/** Rows apart from each other, as plain numbers. */
function rowsOf({ rows, offsets, ...batch }: DocumentRowBatch, dim: number): readonly object[] {
  return Array.from({ length: rows }, (_, row) => ({
    ids: [...batch.inputIds!.subarray(offsets[row], offsets[row + 1])],
    vectors: batch.inputsEmbeds && [
      ...batch.inputsEmbeds.subarray(offsets[row]! * dim, offsets[row + 1]! * dim),
    ],
    document: Number(batch.document[row]),
    source: batch.source[row],
    from: Number(batch.byteStart[row]),
    to: Number(batch.byteEnd[row]),
  }))
}

test('each document is a row with its ids, its vectors and where it is from, whatever the threads and segments', async () => {
  let cut = 0
  await fc.assert(
    fc.asyncProperty(anySources, anyOptions, async (sources, given) => {
      const folder = temporaryFolder()
      const corpus = writeSources(folder, sources)
      const config = resolveRunConfig({ corpus, dim: 2, per: 'document', ...given })
      const out = join(folder, 'out')
      await runLocally({ config, out, threads: 1 })
      const texts = sources.flatMap((source, place) =>
        ('txt' in source ? [source.txt] : source.jsonl).map((text) => ({ text, place })),
      )
      await using dataset = await openDocuments(out)
      expect(dataset.length).toBe(texts.length)
      const rows = rowsOf(await dataset.read(0, dataset.length), 2)
      for (const [row, { text, place }] of texts.entries()) {
        const ids = idsOf(text, given)
        expect(rows[row]).toMatchObject({ ids, document: row, source: place })
      }
      const whole = texts.map(({ text }) => idsOf(text, { ...given, maxLength: 1000 }).length)
      const lost = whole.reduce((sum, length) => sum + Math.max(0, length - given.maxLength), 0)
      if (lost > 0) cut++
      expect(dataset.manifest.dropped['truncated-tokens'] ?? 0).toBe(lost)
      expect(dataset.manifest.dropped['truncated-documents'] ?? 0).toBe(
        whole.filter((length) => length > given.maxLength).length,
      )
      // One row after the other, and a batch after the other, are the same rows.
      const single: object[] = []
      for (let row = 0; row < dataset.length; row++) single.push(...rowsOf(await dataset.read(row), 2))
      expect(single).toEqual(rows)
      const batches: object[] = []
      for await (const batch of dataset.batches()) batches.push(...rowsOf(batch, 2))
      expect(batches).toEqual(rows)
      const again = join(folder, 'again')
      await runLocally({ config, out: again, threads: 2, segmentBytes: 7 })
      expect(manifestOf(again)).toBe(manifestOf(out))
      await using recomputed = await recomputeDocuments(dataset, {
        roots: corpus,
        signal: new AbortController().signal,
      })
      const deep = { documents: dataset.length, recompute: recomputed.recompute }
      expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
    }),
    { numRuns: Number(process.env['RUNS'] ?? 10) },
  )
  expect(cut).toBeGreaterThan(0)
})

test('the bytes that a .txt row names are those of its text, also of a document of many blocks', async () => {
  const folder = temporaryFolder()
  const long = 'The cat sat on the mat, and then it went on. '.repeat(9000)
  const corpus = writeSources(folder, [{ txt: long }, { txt: 'short' }])
  const config = resolveRunConfig({
    ...({ corpus, dim: 2, per: 'document', embeddings: 'none' } as const),
    maxLength: 80_000,
  })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1, segmentBytes: 50_000 })
  await using dataset = await openDocuments(out)
  const { inputIds, offsets, byteStart, byteEnd } = await dataset.read(0, 2)
  const ids = gpt2.encode(long)
  expect(ids.length).toBeGreaterThan(80_000)
  expect([...inputIds!.subarray(0, 80_000)]).toEqual([...ids.slice(0, 80_000)])
  expect([...offsets]).toEqual([0, 80_000, 80_001])
  expect(byteStart).toEqual(BigInt64Array.of(0n, 0n))
  expect(byteEnd).toEqual(BigInt64Array.of(BigInt(gpt2.decode(ids.slice(0, 80_000)).length), 5n))
})

/** A corpus of ids whose rows are so wide that some documents fill a batch, and some more a part. */
function wideRows(folder: string): { readonly options: RunOptions; readonly documents: readonly number[][] } {
  let seed = 5
  const random = (most: number): number => (seed = (seed * 1103 + 12_345) % 65_537) % most
  const documents = Array.from({ length: 260 }, () =>
    Array.from({ length: 1 + random(random(9) === 0 ? 70 : 6) }, () => random(20)),
  )
  const path = join(folder, 'ids.jsonl')
  writeFileSync(path, documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join(''))
  const options = {
    ...({ corpus: [path], format: 'ids', vocabSize: 20, dim: 65_536, dtype: 'bf16' } as const),
    ...({ per: 'document', positionEncoding: 'none', maxLength: 1000, tail: 'error' } as const),
  } as const
  return { options, documents }
}

test('documents fill batches and parts, which shards and threads make alike', async () => {
  const folder = temporaryFolder()
  const { options, documents } = wideRows(folder)
  const config = resolveRunConfig(options)
  const out = join(folder, 'whole')
  await runLocally({ config, out, threads: 1 })
  const { parts } = await readRowManifest(folderStorage(out))
  expect(parts.length).toBeGreaterThan(1)
  for (const { tokens } of parts) expect(tokens).toBeLessThanOrEqual((128 << 20) / (65_536 * 2 + 4))
  await using dataset = await openDocuments(out)
  let row = 0
  let batches = 0
  for await (const { rows, inputIds, offsets } of dataset.batches({ columns: ['input_ids'] })) {
    batches++
    for (let at = 0; at < rows; at++)
      expect([...inputIds!.subarray(offsets[at], offsets[at + 1])]).toEqual(documents[row++])
  }
  expect(batches).toBeGreaterThan(2 * parts.length)
  expect(row).toBe(documents.length)
  // A range over batches and parts.
  const { rows, offsets, inputIds } = await dataset.read(20, 200)
  expect(rows).toBe(200)
  expect([...inputIds!]).toEqual(documents.slice(20, 220).flat())
  expect(offsets.at(-1)).toBe(inputIds!.length)
  const from: number[] = []
  for await (const batch of dataset.batches({ from: 255, columns: ['document'] }))
    from.push(Number(batch.document[0]))
  expect(from[0]).toBeLessThanOrEqual(255)

  const path = join(folder, 'shards')
  const signal = new AbortController().signal
  await planForShards({ config, out: path, segmentBytes: 1000, signal, onEvent: () => {} })
  for (const stage of ['tokens', 'parts'] as const)
    for (const index of [1, 0]) await workShard({ path, stage, shard: { index, count: 2 } })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  expect(manifestOf(path)).toBe(manifestOf(out))
}, 60_000)

/** The mean, the obvious way: one float32 addition after the other and one division. */
function slowMean(vectors: ArrayLike<number>, dim: number): Float32Array {
  const count = vectors.length / dim
  return Float32Array.from({ length: dim }, (_, column) => {
    let sum = 0
    for (let at = 0; at < count; at++) sum = Math.fround(sum + vectors[at * dim + column]!)
    return Math.fround(sum / count)
  })
}

test.each([{}, { positionEncoding: 'none', seed: 7 }, { positionEncoding: 'sinusoidal' }] as const)(
  'a mean is summed up in the order of positions and divided once, with %o',
  async (given) => {
    const folder = temporaryFolder()
    // More vectors than are made at a time, so that documents go on from one chunk to the next.
    const texts = ['a cat', 'the mat and '.repeat(700), 'x', 'words and words '.repeat(400)]
    const corpus = writeSources(folder, [{ jsonl: texts }])
    const options = { corpus, dim: 96, per: 'document', ...given } as const
    const [full, pooled] = [join(folder, 'full'), join(folder, 'pooled')]
    await runLocally({ config: resolveRunConfig(options), out: full, threads: 1 })
    await runLocally({ config: resolveRunConfig({ ...options, pool: 'mean' }), out: pooled, threads: 2 })
    await using vectors = await openDocuments(full)
    await using means = await openDocuments(pooled)
    const { embedding, offsets, inputIds } = await means.read(0, texts.length)
    expect(inputIds).toBeUndefined()
    for (const [row, text] of texts.entries()) {
      expect(offsets[row + 1]! - offsets[row]!).toBe(gpt2.encode(text).length)
      const { inputsEmbeds } = await vectors.read(row)
      expect(embedding!.subarray(row * 96, (row + 1) * 96)).toEqual(slowMean(inputsEmbeds!, 96))
    }
    await using again = await recomputeDocuments(means, {
      roots: corpus,
      signal: new AbortController().signal,
    })
    const deep = { documents: texts.length, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(pooled), { deep })).problems).toEqual([])
  },
)

describe('the documents of the tiny models of transformers', () => {
  const goldens = globSync('*/bf16/expected.safetensors', { cwd: tinyModels }).toSorted()

  test.each(goldens)('are those of %s', async (golden) => {
    const path = join(tinyModels, golden)
    const ids = readIds(path)
    const folder = temporaryFolder()
    const model = copyTinyModel(dirname(golden), join(folder, 'model'))
    const corpus = join(folder, 'corpus.jsonl')
    // Each golden row is a document; so are some of its beginnings.
    const documents = [ids.subarray(0, 7), ids.subarray(7, 14), ids.subarray(0, 3), ids.subarray(14, 21)]
    writeFileSync(corpus, documents.map((each) => `${JSON.stringify({ text: textOf(each) })}\n`).join(''))
    const out = join(folder, 'out')
    const config = resolveRunConfig({
      ...({ corpus: [corpus], model, per: 'document', stage: 'first-block', maxLength: 7 } as const),
    })
    await runLocally({ config, out, threads: 1 })
    await using dataset = await openDocuments(out)
    const { inputIds, offsets, inputsEmbeds, firstBlock } = await dataset.read(0, 4)
    expect([...offsets]).toEqual([0, 7, 14, 17, 24])
    const { dim, firstBlockDim = 0 } = dataset.layout
    const golds = readTensorBytes(path, 'inputs_embeds')
    const bytes = Buffer.from(inputsEmbeds!.buffer, inputsEmbeds!.byteOffset, inputsEmbeds!.byteLength)
    const rowBytes = dim * inputsEmbeds!.BYTES_PER_ELEMENT
    expect(bytes.subarray(0, 14 * rowBytes).equals(golds.subarray(0, 14 * rowBytes))).toBe(true)
    expect(bytes.subarray(17 * rowBytes).equals(golds.subarray(14 * rowBytes, 21 * rowBytes))).toBe(true)
    const opened = await openModel(model)
    const block = await opened.loadFirstBlock()
    for (const [row, each] of documents.entries()) {
      const own = inputIds!.subarray(offsets[row], offsets[row + 1]) as Int32Array
      expect(own).toEqual(Int32Array.from(each))
      const vectors = block.compute(opened.inputsEmbeds(own), { ids: own, length: own.length })
      const stored = firstBlock!.subarray(offsets[row]! * firstBlockDim, offsets[row + 1]! * firstBlockDim)
      expect(stored.length).toBe(vectors.length)
      if (stored instanceof Float32Array) expect(stored).toEqual(vectors)
    }
    opened.close()
    await using again = await recomputeDocuments(dataset, {
      roots: [folder],
      signal: new AbortController().signal,
    })
    const deep = { documents: 4, recompute: again.recompute }
    expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
  })
})

test('kept values, a split and every export go with rows of documents', async () => {
  const folder = temporaryFolder()
  const corpus = [join(folder, 'a.jsonl')]
  const lines = Array.from({ length: 40 }, (_, at) => ({
    text: `text ${at} `.repeat((at % 5) + 1),
    id: `n${at}`,
  }))
  writeFileSync(corpus[0]!, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const out = join(folder, 'out')
  const options: RunOptions = {
    ...({ corpus, per: 'document', dim: 3, keep: ['id'] } as const),
    split: { validation: 0.3 },
  }
  await runLocally({ config: resolveRunConfig(options), out, threads: 1 })
  const found: string[] = []
  for (const side of ['train', 'validation']) {
    await using dataset = await openDocuments(join(out, side))
    const batch = await dataset.read(0, dataset.length)
    for (let row = 0; row < batch.rows; row++) {
      const id = textAt(batch.kept![0]!, row)!
      const ids = batch.inputIds!.subarray(batch.offsets[row], batch.offsets[row + 1])
      expect(gpt2.decode([...ids])).toBe(lines[Number(id.slice(1))]!.text)
      found.push(id)
      expect(await dataset.documents!.read(row)).toMatchObject([{ document: row, kept: [id] }])
    }
    const root = temporaryFolder()
    for (const to of ['tokens', 'megatron', 'npy'] as const)
      await exportDocuments(dataset, { to, out: join(root, to) })
    expect(readdirSync(join(root, 'npy')).toSorted()).toEqual([
      ...['byte_end.npy', 'byte_start.npy', 'document.npy', 'id.npy', 'id_offsets.npy', 'id_valid.npy'],
      ...['input_ids.npy', 'inputs_embeds.npy', 'offsets.npy', 'source.npy'],
    ])
    // Token files are what a run makes of the same documents.
    const ids = readFileSync(join(root, 'tokens', 'tokens.bin'))
    expect([...new Uint32Array(Uint8Array.from(ids).buffer)]).toEqual([...batch.inputIds!])
    await expect(exportDocuments(dataset, { to: 'hf', out: join(root, 'hf') })).rejects.toThrow(
      'A dataset with a row for each document is exported to tokens, megatron and npy, got hf',
    )
  }
  expect(found.toSorted()).toEqual(lines.map(({ id }) => id).toSorted())
})

describe('what makes no sense is refused', () => {
  const options = { corpus: ['a'], per: 'document' } as const

  test.each([
    [
      { stride: 3 },
      'Expected `stride` to be left out with `per: document`, got 3: rows of documents have no windows',
    ],
    [{ shuffle: { seed: 1 } }, 'Expected `shuffle` to be left out with `per: document`'],
    [{ packing: 'best-fit' }, 'Expected `packing` to be left out with `per: document`'],
    [{ separator: 'between' }, 'Expected `separator` to be after or none with a row for each document'],
    [{ tail: 'pad' }, 'Expected `tail` to be drop or error with a row for each document, got "pad"'],
    [{ pool: 'mean', embeddings: 'lazy' }, 'Expected `embeddings` to be full for their mean, got "lazy"'],
    [{ pool: 'mean', dtype: 'bf16' }, 'Expected `dtype` to be f32 for a mean'],
    [{ maxLength: 9, contextLength: 4 }, 'Expected `contextLength` to be at least `maxLength` (9), got 4'],
  ] as const)('%o', (given, message) => {
    expect(() => resolveRunConfig({ ...options, ...given })).toThrow(message)
  })

  test('a mean of windows', () => {
    expect(() => resolveRunConfig({ corpus: ['a'], pool: 'mean' })).toThrow(
      'Expected `pool` to be none without rows of documents (per document), got "mean"',
    )
  })

  test('a document that is longer than anybody said, by its place and length', async () => {
    const folder = temporaryFolder()
    const corpus = writeSources(folder, [{ jsonl: ['short', 'cat '.repeat(9000)] }])
    const config = resolveRunConfig({ corpus, per: 'document', dim: 2 })
    await expect(runLocally({ config, out: join(folder, 'out') })).rejects.toThrow(
      /000\.jsonl, the document at \d+: expected at most 8192 ids in a row, got 9001; `maxLength: 9001` makes room/,
    )
  })

  test('rows of documents as windows, and windows as rows of documents', async () => {
    const folder = temporaryFolder()
    const corpus = writeSources(folder, [{ txt: 'The cat sat on the mat.' }])
    const [documents, windows] = [join(folder, 'documents'), join(folder, 'windows')]
    await runLocally({ config: resolveRunConfig({ corpus, per: 'document', dim: 2 }), out: documents })
    await runLocally({ config: resolveRunConfig({ corpus, maxLength: 2, dim: 2 }), out: windows })
    await expect(openDataset(documents)).rejects.toMatchObject({ code: 'no-windows' })
    await expect(openDocuments(windows)).rejects.toMatchObject({ code: 'no-documents' })
  })
})

test("what a model's tokenizer puts around a text stays where a document is cut off", async () => {
  const folder = temporaryFolder()
  const model = copyTinyModel('bert/f32', join(folder, 'model'))
  const path = join(model, 'tokenizer.json')
  const special = (token: string, id: number): object => ({
    [token]: { id: token, ids: [id], tokens: [token] },
  })
  const piece = (id: string): object => ({ SpecialToken: { id, type_id: 0 } })
  const sequence = { Sequence: { id: 'A', type_id: 0 } }
  const template = {
    ...{ type: 'TemplateProcessing', single: [piece('t1'), sequence, piece('t2')] },
    pair: [piece('t1'), sequence, piece('t2'), { Sequence: { id: 'B', type_id: 1 } }, piece('t2')],
    special_tokens: { ...special('t1', 1), ...special('t2', 2) },
  }
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...tokenizer, post_processor: template }))
  const corpus = writeSources(folder, [{ jsonl: [textOf([9, 8, 7, 6, 5, 4]), textOf([3])] }])
  const options = { corpus, model, per: 'document', specialTokens: 'model', embeddings: 'lazy' } as const
  const out = join(folder, 'out')
  await runLocally({ config: resolveRunConfig({ ...options, maxLength: 5 }), out, threads: 1 })
  await using dataset = await openDocuments(out)
  const { inputIds, offsets, byteStart, byteEnd } = await dataset.read(0, 2)
  expect([...inputIds!]).toEqual([1, 9, 8, 7, 2, 1, 3, 2])
  expect([...offsets]).toEqual([0, 5, 8])
  expect(byteEnd[0]).toBeGreaterThan(byteStart[0]!)
  await expect(
    runLocally({ config: resolveRunConfig({ ...options, maxLength: 2 }), out: join(folder, 'none') }),
  ).rejects.toThrow('Expected `maxLength` to be more than 2, the ids around each document, got 2')
})
