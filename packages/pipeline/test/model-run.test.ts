import { appendFileSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openDataset, verifyDataset, folderStorage, type WindowBatch } from '@sluice/dataset'
import { openModel, writeSafetensors } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import {
  readPlan,
  recomputeWindows,
  reportModel,
  resolveRunConfig,
  runLocally,
  type RunOptions,
} from '../src/index.ts'
import { copyTinyModel, readIds, readTensorBytes, textOf, tinyModels } from './tiny-model.ts'

const goldens = globSync('*/*/expected*.safetensors', { cwd: tinyModels }).toSorted()

/** What each golden file was computed in, by its name. */
function dtypeOf(golden: string): 'f32' | 'f16' | 'bf16' {
  if (golden.includes('-as-f32')) return 'f32'
  if (golden.includes('-as-f16')) return 'f16'
  return golden.includes('/bf16/') ? 'bf16' : 'f32'
}

interface Made {
  readonly folder: string
  readonly model: string
  readonly corpus: string
  readonly out: string
}

function place(name: string, text: string): Made {
  const folder = temporaryFolder()
  const corpus = join(folder, 'corpus.txt')
  writeFileSync(corpus, text)
  return { folder, model: copyTinyModel(name, join(folder, 'model')), corpus, out: join(folder, 'out') }
}

async function run({ model, corpus, out }: Made, options: Partial<RunOptions> = {}): Promise<string> {
  const config = resolveRunConfig({
    ...{ corpus: [corpus], model, maxLength: 7, separator: 'none' },
    ...options,
  })
  const { planId } = await runLocally({ config, out, threads: 1 })
  return planId
}

async function readAll(out: string): Promise<WindowBatch> {
  await using dataset = await openDataset(out)
  return dataset.read(0, dataset.length)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** Twenty-two ids of the tiny vocabulary: three windows of seven and the last target. */
const someIds = Array.from({ length: 22 }, (_, i) => (i * 37 + 11) % 96)

describe('the rows of the tiny models of transformers 5.18.0', () => {
  test.each(goldens)('are those of %s', async (golden) => {
    const path = join(tinyModels, golden)
    const ids = readIds(path)
    const made = place(dirname(golden), textOf([...ids, 0]))
    const computeDtype = dtypeOf(golden)
    await run(made, { computeDtype, stage: 'first-block' })
    const rows = await readAll(made.out)
    expect(rows.inputIds).toEqual(ids)
    expect(bytesOf(rows.inputsEmbeds!).equals(readTensorBytes(path, 'inputs_embeds'))).toBe(true)

    const model = await openModel(made.model, { computeDtype })
    const block = await model.loadFirstBlock()
    const vectors = block.compute(model.inputsEmbeds(ids), { ids, length: 7 })
    model.close()
    expect(rows.firstBlock!.length).toBe(vectors.length)
    if (computeDtype === 'f32') expect(rows.firstBlock).toEqual(vectors)
  })

  test('are all there: 104 runs', () => {
    expect(goldens.length).toBe(104)
  })
})

test.each(['gemma/bf16', 'llama-sharded/bf16', 'gpt2/f32', 'opt-projected/bf16', 'llama-tied-head-only/f32'])(
  'a lazy dataset of %s reads as the full one, on both ways to read',
  async (name) => {
    const full = place(name, textOf(someIds))
    await run(full)
    const lazy = place(name, textOf(someIds))
    await run(lazy, { embeddings: 'lazy' })
    const { inputsEmbeds } = await readAll(full.out)
    await using dataset = await openDataset(lazy.out)
    expect((await dataset.read(0, 3)).inputsEmbeds).toEqual(inputsEmbeds)
    expect(dataset.readSync(0, 3).inputsEmbeds).toEqual(inputsEmbeds)
  },
)

test.each([
  ['bert/bf16', {}],
  ['gpt2/f32', { positions: 'restart', documents: 'ids' }],
  ['deberta-v3/f32', { boundary: 'document', tail: 'pad' }],
  [
    'opt/bf16',
    { boundary: 'document', tail: 'pad', packing: 'best-fit', documents: 'ids', positions: 'restart' },
  ],
] as const)('verification makes every row of %s again', async (name, options) => {
  const made = place(name, '')
  const documents = [someIds, [5], [9, 8, 7], someIds.slice(3, 12), [4, 3]]
  const corpus = join(made.folder, 'corpus.jsonl')
  writeFileSync(corpus, documents.map((ids) => JSON.stringify({ text: textOf(ids) })).join('\n'))
  await run({ ...made, corpus }, { ...options, stage: 'first-block', separator: 'between' })
  // Everything that is needed lies in the dataset.
  rmSync(made.model, { recursive: true })
  await using dataset = await openDataset(made.out)
  await using again = await recomputeWindows(dataset, {
    roots: [made.folder],
    signal: new AbortController().signal,
  })
  const { problems, windowsChecked } = await verifyDataset(folderStorage(made.out), {
    deep: { windows: 100, recompute: again.recompute },
  })
  expect(problems).toEqual([])
  expect(windowsChecked).toBe(dataset.length)
  expect(dataset.length).toBeGreaterThan(2)
})

test('verification finds a changed row, tensor and config.json', async () => {
  const made = place('gpt2/f32', textOf(someIds))
  await run(made, { stage: 'first-block' })
  const verify = async (): Promise<string[]> =>
    (await verifyDataset(folderStorage(made.out))).problems.map(({ code, file }) => `${code} ${file}`)
  expect(await verify()).toEqual([])
  const tensors = join(made.out, 'tables/model.safetensors')
  const bytes = readFileSync(tensors)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(tensors, bytes)
  appendFileSync(join(made.out, 'tables/config.json'), ' ')
  expect(await verify()).toEqual(['wrong-hash tables/model.safetensors', 'wrong-hash tables/config.json'])
})

test('the manifest says what the vectors are, and the same run anywhere has the same identity', async () => {
  const made = place('gemma/bf16', textOf(someIds))
  const planId = await run(made, { stage: 'first-block' })
  const elsewhere = join(made.folder, 'elsewhere')
  renameSync(made.model, elsewhere)
  expect(
    await run({ ...made, model: elsewhere, out: join(made.folder, 'again') }, { stage: 'first-block' }),
  ).toBe(planId)
  await using dataset = await openDataset(made.out)
  const { layout, identities, config } = dataset.manifest
  expect(layout).toMatchObject({ dtype: 'bf16', embedding: 'full' })
  expect(identities.model).toMatchObject({ modelType: 'gemma', dtype: 'bf16', semantics: 5, exact: true })
  expect(identities.graph).toMatchObject({ file: 'tables/embedding.onnx' })
  expect(JSON.stringify(config)).not.toContain('elsewhere')
  expect(config).not.toHaveProperty('model')
})

test('a norm is said to be within a tolerance', async () => {
  const made = place('bert/f32', textOf(someIds))
  await run(made, { stage: 'first-block' })
  await using dataset = await openDataset(made.out)
  expect(dataset.manifest.identities.model).toMatchObject({
    exact: false,
    tolerance: 'first_block: 4e-6 · max(1, |x|max)',
  })
})

test('the token between documents is the one that the folder names', async () => {
  const made = place('gpt2/f32', '')
  const corpus = join(made.folder, 'corpus.jsonl')
  writeFileSync(
    corpus,
    [
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]
      .map((ids) => JSON.stringify({ text: textOf(ids) }))
      .join('\n'),
  )
  await run({ ...made, corpus }, { separator: 'between' })
  expect(Array.from((await readAll(made.out)).inputIds)).toEqual([5, 6, 7, 8, 2, 9, 10])
  await run({ ...made, corpus, out: join(made.folder, 'other') }, { separator: 'between', separatorId: '50' })
  expect(Array.from((await readAll(join(made.folder, 'other'))).inputIds)).toEqual([5, 6, 7, 8, 50, 9, 10])
})

test('a run that was stopped is taken up again, and a finished one is left as it is', async () => {
  const made = place('gpt2/f32', textOf(someIds))
  const config = resolveRunConfig({
    ...{ corpus: [made.corpus], model: made.model, maxLength: 7 },
    stage: 'first-block',
  })
  const stop = new AbortController()
  const stopped = runLocally({
    ...{ config, out: made.out, threads: 1, signal: stop.signal },
    onEvent: ({ event }) => {
      if (event === 'tokenized') stop.abort()
    },
  })
  await expect(stopped).rejects.toThrow(/resumes/)
  const { planId, alreadyDone } = await runLocally({ config, out: made.out, threads: 1 })
  expect(alreadyDone).toBe(false)
  expect(await runLocally({ config, out: made.out, threads: 1 })).toMatchObject({ planId, alreadyDone: true })
  expect((await verifyDataset(folderStorage(made.out))).problems).toEqual([])
})

test('a model without embeddings in the rows gives its tokenizer', async () => {
  const made = place('gpt2/f32', textOf(someIds))
  await run(made, { embeddings: 'none' })
  expect(Array.from((await readAll(made.out)).inputIds)).toEqual(someIds.slice(0, 21))
})

test('positions that a model uses inside attention lie beside its tensors, and change no vector and no plan', async () => {
  const made = place('llama-tied/f32', textOf(someIds))
  const planId = await run(made)
  await using dataset = await openDataset(made.out)
  const { positions, tables } = dataset.manifest.identities
  expect(positions).toMatchObject({ kind: 'rotary', sizes: { contextLength: 7 } })
  expect(positions!.tables).toEqual(['rotary.inv_freq', 'rotary.cos', 'rotary.sin'])
  expect(tables.map(({ name }) => name)).toEqual(['model.embed_tokens.weight', ...positions!.tables])
  expect((await verifyDataset(folderStorage(made.out))).problems).toEqual([])
  expect((await reportModel(made.model)).positions).toMatchObject({ kind: 'rotary' })
  // The plan says nothing of them: its model does.
  const { plan } = await readPlan(folderStorage(made.out), planId)
  expect(JSON.stringify(plan)).not.toContain('rotary')

  const gpt2 = place('gpt2/f32', textOf(someIds))
  await run(gpt2)
  await using without = await openDataset(gpt2.out)
  expect(without.manifest.identities.positions).toBeUndefined()
  expect((await reportModel(gpt2.model)).positions).toBeNull()
})

test('a T5 whose encoder has another table than the shared one is told of', async () => {
  const made = place('t5/f32', textOf(someIds))
  const path = join(made.model, 'model.safetensors')
  const table = new Float32Array(Uint8Array.from(readTensorBytes(path, 'shared.weight')).buffer)
  const reportOf = async (encoder: Float32Array): Promise<readonly string[]> => {
    const shape = [96, encoder.length / 96]
    await writeSafetensors(path, [
      { name: 'shared.weight', dtype: 'F32', shape, data: table },
      { name: 'encoder.embed_tokens.weight', dtype: 'F32', shape, data: encoder },
    ])
    return (await reportModel(made.model)).cautions
  }
  expect(await reportOf(table)).toEqual([])
  expect(await reportOf(table.map((value) => 2 * value))).toEqual([
    expect.stringMatching(/^encoder\.embed_tokens\.weight and shared\.weight differ: .* takes the first/),
  ])
})

describe('what is refused', () => {
  test.each<[string, Partial<RunOptions>, RegExp]>([
    ['windows beyond the positions', { maxLength: 25, stage: 'first-block' }, /maxLength.*at most 24.*gpt2/],
    ['another width', { dim: 7 }, /dim.*left out or \d+/],
    ['a seed', { seed: 7 }, /seed.*left out with a model/],
    ['the first block of a lazy dataset', { embeddings: 'lazy', stage: 'first-block' }, /embeddings.*full/],
    ['a tensor that is not there', { tokenTensor: 'nope.weight' }, /nope\.weight.*checkpoint has/],
  ])('%s', async (_, options, message) => {
    const made = place('gpt2/f32', textOf(someIds))
    await expect(run(made, options)).rejects.toThrow(message)
  })

  test('options of a model without one', () => {
    expect(() => resolveRunConfig({ corpus: ['x'], stage: 'first-block' })).toThrow(/stage.*without a model/)
    expect(() => resolveRunConfig({ corpus: ['x'], computeDtype: 'f32' })).toThrow(/computeDtype.*left out/)
  })

  test('a tokenizer with more ids than the table has rows', async () => {
    const made = place('gpt2/f32', 'text that is long enough for a window of seven ids')
    await expect(run(made, { tokenizer: 'gpt2', separatorId: '0' })).rejects.toThrow(
      /tokenizer.*at most 96 ids.*got 50257/,
    )
  })
})

describe('a tokenizer that is longer than the table', () => {
  /** A Gemma 3 of 96 rows whose tokenizer has the token `<image>` behind them. */
  function withImageToken(special: boolean): Made {
    const made = place('gemma3_text/f32', 't5 <image> t7 t9 '.repeat(10))
    const path = join(made.model, 'tokenizer.json')
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false }
    const token = { id: 96, content: '<image>', special, ...flags }
    const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>
    writeFileSync(path, JSON.stringify({ ...tokenizer, added_tokens: [token] }))
    return made
  }

  test('by special tokens, which are text: the ids end with the table', async () => {
    const made = withImageToken(true)
    const planId = await run(made)
    const { plan } = await readPlan(folderStorage(made.out), planId)
    expect(plan.tokenizer).toMatchObject({ vocabSize: 97, idsBelow: 96 })
    expect(plan.layout.vocabSize).toBe(96)
    const { inputIds } = await readAll(made.out)
    // The word `<image>` is none of the vocabulary.
    expect([...inputIds.subarray(0, 7)]).toEqual([5, 0, 7, 9, 5, 0, 7])
    expect(await verifyDataset(folderStorage(made.out))).toMatchObject({ problems: [] })
    const { cautions } = await reportModel(made.model)
    expect(cautions.join('\n')).toContain(
      '97 ids and the table 96 rows: the special tokens beyond are taken as text',
    )
  })

  test.each([
    ['by special tokens that stand for themselves', true, { special: 'all' }],
    ['by a token that is found in every text', false, {}],
    ['by the token between documents', true, { separator: 'after', separatorId: '<image>' }],
  ] as const)('%s is refused', async (_, special, options) => {
    const made = withImageToken(special)
    await expect(run(made, options)).rejects.toThrow(/at most 96 ids, the rows of .*, got 97/)
    if (!special) expect((await reportModel(made.model)).cautions.join('\n')).toContain('a run is refused')
  })
})
