import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDataset, verifyDataset } from '@sluice/dataset'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding, loadTokenizerJson, trainBpe, type Encoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chooseTokenizer,
  estimateRun,
  marksOfDataset,
  openDatasetTokenizer,
  readPlan,
  recomputeWindows,
  resolveRunConfig,
  runLocally,
  type RunEvent,
  type RunOptions,
} from '../src/index.ts'
import { OpaqueIds } from '../src/tokenizer/opaque-ids.ts'
import { textEnds } from '../src/tokenizer/usual-marks.ts'
import { anyWindows } from './any-windows.ts'
import { readRows } from './dataset-rows.ts'
import { writeFiles, writeSources } from './run-folder.ts'
import { slowRun, type SlowSource } from './slow-run.ts'

const special = ['<|endoftext|>', '<s>', '[CLS]', '[SEP]', '[END]', '<|im_end|>']

/** A tokenizer.json whose post-processor puts one token before a text and two after it, and changes no byte of it. */
async function framingTokenizer(): Promise<string> {
  const trained = JSON.parse(
    await trainBpe(['the cat sat on the mat, the cat sat'], { vocabSize: 290, specialTokens: special }),
  ) as Record<string, unknown>
  const token = (id: string): unknown => ({ SpecialToken: { id, type_id: 0 } })
  const named = special.map((id, number) => [id, { id, ids: [number], tokens: [id] }])
  const post_processor = {
    type: 'TemplateProcessing',
    single: [token('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, token('[SEP]'), token('[END]')],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries(named),
  }
  return JSON.stringify({ ...trained, post_processor })
}

const tokenizerText = await framingTokenizer()
const encoding = await loadTokenizerJson(tokenizerText)

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', '<|endoftext|>', ' 日本語', '\ufffd'))
  .map((words) => words.join(''))

const anySource: fc.Arbitrary<SlowSource> = fc.oneof(
  fc.record({ txt: anyText }),
  fc.record({ jsonl: fc.array(anyText, { minLength: 1, maxLength: 5 }) }),
)

interface Folder {
  readonly root: string
  readonly tokenizer: string
}

function makeFolder(config?: object): Folder {
  const root = temporaryFolder()
  const tokenizer = join(root, 'model')
  mkdirSync(tokenizer)
  writeFileSync(join(tokenizer, 'tokenizer.json'), tokenizerText)
  if (config !== undefined) writeFileSync(join(tokenizer, 'tokenizer_config.json'), JSON.stringify(config))
  return { root, tokenizer }
}

test('ids that a post-processor puts around documents lie as in the obvious version, for any windows and cuts', async () => {
  const { root, tokenizer } = makeFolder()
  let runs = 0
  const { bosId: _, ...windows } = anyWindows
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySource, { minLength: 1, maxLength: 4 }),
      fc.record(windows),
      fc.constantFrom(1, 9, 1e6),
      fc.boolean(),
      async (sources, given, segmentBytes, pack) => {
        const folder = join(root, String(++runs))
        mkdirSync(folder)
        const corpus = writeSources(folder, sources)
        const packed = pack && {
          ...({ packing: 'best-fit', boundary: 'document', tail: 'pad', positions: 'restart' } as const),
          ...({ stride: given.maxLength, documents: 'ids' } as const),
        }
        const config = resolveRunConfig({
          ...{ corpus, tokenizer, ...given, ...packed },
          ...{ specialTokens: 'model', embeddings: 'none', invalid: 'replace' },
        })
        const expected = slowRun(sources, encoding, config)
        const out = join(folder, 'out')
        const outcome = runLocally({ config, out, segmentBytes, threads: 1 })
        if (expected.windows.length === 0) {
          await expect(outcome).rejects.toMatchObject({ code: 'too-short' })
          return
        }
        await outcome
        expect(await readRows(out)).toEqual(expected.windows)
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 15) },
  )
})

/** All ids of a run's stream but the last. */
async function idsOf(options: Partial<RunOptions>, { root }: Folder, name = 'out'): Promise<number[]> {
  const corpus = join(root, 'corpus.jsonl')
  writeFileSync(corpus, ['the cat', 'sat'].map((text) => `${JSON.stringify({ text })}\n`).join(''))
  const config = resolveRunConfig({ corpus: [corpus], maxLength: 1, embeddings: 'none', ...options })
  await runLocally({ config, out: join(root, name), threads: 1 })
  await using dataset = await openDataset(join(root, name))
  return Array.from((await dataset.read(0, dataset.length)).inputIds)
}

const [first, second] = ['the cat', 'sat'].map((text) => [
  ...encoding.encode(text, { addSpecialTokens: false }),
])
const [eot, bos, cls, sep, end] = special.map((text) => encoding.specialTokens.get(text)!)

test('a beginning stands before each document, the separator between them', async () => {
  const folder = makeFolder({ bos_token: { content: '<s>' }, eos_token: '<|im_end|>' })
  const { tokenizer } = folder
  const given = { tokenizer, bos: true }
  expect(await idsOf(given, folder)).toEqual([bos, ...first!, eot, bos, ...second!].slice(0, -1))
  expect(await idsOf({ ...given, separator: 'after' }, folder, 'after')).toEqual([
    bos,
    ...first!,
    eot,
    bos,
    ...second!,
  ])
  expect(await idsOf({ ...given, separator: 'none' }, folder, 'none')).toEqual(
    [bos, ...first!, bos, ...second!].slice(0, -1),
  )
  expect(await idsOf({ tokenizer, bosId: '[CLS]' }, folder, 'given')).toEqual(
    [cls, ...first!, eot, cls, ...second!].slice(0, -1),
  )
})

test("the model's special tokens are those of tokenizer(text), and no separator stands beside them", async () => {
  const folder = makeFolder()
  const given = { tokenizer: folder.tokenizer, specialTokens: 'model' } as const
  expect(await idsOf(given, folder)).toEqual([cls, ...first!, sep, end, cls, ...second!, sep])
  expect(await idsOf({ ...given, separator: 'between' }, folder, 'between')).toEqual([
    cls,
    ...first!,
    sep,
    end,
    eot,
    cls,
    ...second!,
    sep,
  ])
})

test('the same ids by any name make the same plan; others make another', async () => {
  const planOf = async (options: Partial<RunOptions>, config?: object): Promise<string> => {
    const { tokenizer } = makeFolder(config)
    const { identity } = await chooseTokenizer(resolveRunConfig({ corpus: ['x'], tokenizer, ...options }))
    return JSON.stringify(identity.frame ?? null)
  }
  expect(await planOf({})).toBe('null')
  const byConfig = await planOf({ bos: true }, { bos_token: '<s>' })
  expect(byConfig).toBe(`{"before":[${bos}],"after":[]}`)
  expect(await planOf({ bosId: '<s>' })).toBe(byConfig)
  expect(await planOf({ bosId: String(bos) })).toBe(byConfig)
})

test.each([
  { bos: true },
  { specialTokens: 'model' },
  { specialTokens: 'model', boundary: 'document', tail: 'pad', documents: 'ids', separator: 'after' },
] as const)('verification tokenizes again with %o, from what lies in the dataset', async (options) => {
  const { root, tokenizer } = makeFolder({ bos_token: '<s>' })
  const corpus = writeFiles(root, ['the cat sat on the mat', 'the mat'])
  const config = resolveRunConfig({ corpus, tokenizer, maxLength: 4, dim: 2, ...options })
  const out = join(root, 'out')
  const { planId } = await runLocally({ config, out, threads: 1 })
  writeFileSync(join(tokenizer, 'tokenizer.json'), '{}')
  await using dataset = await openDataset(out)
  await using again = await recomputeWindows(dataset, { roots: [root], signal: new AbortController().signal })
  const deep = { windows: 100, recompute: again.recompute }
  expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
  const { before } = marksOfDataset(
    await openDatasetTokenizer(dataset),
    resolveRunConfig(dataset.manifest.config as unknown as RunOptions),
  )
  expect(before.map(({ text }) => text)).toEqual(['bos' in options ? '<s>' : '[CLS]'])
  expect(planId).toMatch(/^[0-9a-f]{64}$/)
})

test('a dataset says of who named its separator what follows from it', async () => {
  const gpt2 = await getEncoding('gpt2')
  const namer = (of: Encoding, separatorId: string | null, mayHaveModel?: boolean): string =>
    marksOfDataset(of, { separatorId }, mayHaveModel).separator.from
  expect(namer(gpt2, null, false)).toBe('the end of text of gpt2')
  expect(namer(gpt2, '7', false)).toBe('named by the options of the run')
  expect(namer(gpt2, '7', true)).toBe('named by the options or the model of the run')
  expect(namer(new OpaqueIds(9), '7', false)).toBe('named by the options of the run')
  const endless = await loadTokenizerJson(
    await trainBpe(['the cat'], { vocabSize: 260, specialTokens: ['[SEP]'] }),
  )
  expect(namer(endless, '1', false)).toBe('named by the options of the run or the folder of its tokenizer')
})

test('the id of a plan is checked against its vocabulary', async () => {
  const { root, tokenizer } = makeFolder()
  const corpus = writeFiles(root, ['the cat sat on the mat'])
  const config = resolveRunConfig({ corpus, tokenizer, maxLength: 4, bosId: '1', embeddings: 'none' })
  const out = join(root, 'out')
  const { planId } = await runLocally({ config, out, threads: 1 })
  const storage = folderStorage(out)
  expect((await readPlan(storage, planId)).plan.tokenizer.frame).toEqual({ before: [1], after: [] })
})

test('an estimate counts the ids around documents', async () => {
  const { root, tokenizer } = makeFolder()
  const corpus = join(root, 'corpus.jsonl')
  writeFileSync(corpus, Array.from({ length: 50 }, () => '{"text":"the cat"}\n').join(''))
  const config = resolveRunConfig({ corpus: [corpus], tokenizer, specialTokens: 'model', maxLength: 8 })
  const { tokens, marks } = await estimateRun(config, { path: root }, new AbortController().signal)
  expect(tokens).toBe(50 * (first!.length + 3))
  expect(marks.after.map(({ text }) => text)).toEqual(['[SEP]', '[END]'])
})

describe('what is said of the marks', () => {
  const marksOf = async (options: Partial<RunOptions>, config?: object, type = 'llama') => {
    const { tokenizer } = makeFolder(config)
    writeFileSync(join(tokenizer, 'config.json'), JSON.stringify({ model_type: type }))
    const { marks } = await chooseTokenizer(resolveRunConfig({ corpus: ['x'], model: tokenizer, ...options }))
    return marks
  }

  test('file and field that named them', async () => {
    const marks = await marksOf({ bos: true }, { bos_token: '<s>', eos_token: { content: '[END]' } })
    expect(marks.separator).toEqual({ id: end, text: '[END]', from: 'eos_token in tokenizer_config.json' })
    expect(marks.before).toEqual([{ id: bos, text: '<s>', from: 'bos_token in tokenizer_config.json' }])
    expect(marks.cautions).toEqual([])
    expect((await marksOf({ separatorId: '3' })).separator).toEqual({
      id: 3,
      text: '[SEP]',
      from: 'as given',
    })
    expect((await marksOf({})).separator.from).toMatch(/the end of text of tokenizer\.json/)
  })

  test('an end that ends a turn only', async () => {
    const { cautions } = await marksOf({}, { eos_token: '<|im_end|>' })
    expect(cautions).toEqual([
      `<|im_end|> ends a turn of a conversation, not a document; \`separatorId: ${eot}\` takes <|endoftext|>.`,
    ])
    expect((await marksOf({ separator: 'none' }, { eos_token: '<|im_end|>' })).cautions).toEqual([])
  })

  test('one token twice, and a model that needs a beginning', async () => {
    const twice = await marksOf({ bos: true }, { bos_token: '<s>', eos_token: '<s>' })
    expect(twice.cautions).toEqual([expect.stringMatching(/<s> stands twice.*`separator: none`/)])
    expect((await marksOf({}, {}, 'gemma2')).cautions).toEqual([
      expect.stringMatching(/needs a beginning.*`bos`/),
    ])
    expect((await marksOf({ bosId: '<s>' }, {}, 'gemma2')).cautions).toEqual([])
  })

  test('the run announces them', async () => {
    const { root, tokenizer } = makeFolder({ bos_token: '<s>' })
    const events: RunEvent[] = []
    const config = resolveRunConfig({ corpus: [theVerdict], tokenizer, bos: true, embeddings: 'none' })
    await runLocally({ config, out: join(root, 'out'), threads: 1, onEvent: (event) => events.push(event) })
    expect(events.find(({ event }) => event === 'planned')).toMatchObject({
      marks: { place: 'between', separator: { id: eot }, before: [{ id: bos, text: '<s>' }], after: [] },
    })
  })
})

describe('what is refused', () => {
  test.each<[string, Partial<RunOptions>, RegExp]>([
    ['a beginning beside the frame of the model', { bos: true, specialTokens: 'model' }, /one of `bos` and/],
    ['an id beyond the vocabulary', { bosId: '70000' }, /`bosId` to be an id below \d+.*got 70000/],
    ['a token that is not there', { bosId: '<nope>' }, /`bosId`.*got <nope>/],
    ['a tokenizer without a beginning', { tokenizer: 'gpt2', bos: true }, /gpt2 to name.*`bosId`/],
    [
      'a tokenizer without a post-processor',
      { tokenizer: 'gpt2', specialTokens: 'model' },
      /gpt2 \(built-in\)/,
    ],
  ])('%s', async (_, options, message) => {
    const { tokenizer } = makeFolder()
    const choose = async () => chooseTokenizer(resolveRunConfig({ corpus: ['x'], tokenizer, ...options }))
    await expect(choose()).rejects.toThrow(message)
  })

  test('a beginning that the folder says it has not', async () => {
    const { tokenizer } = makeFolder({ bos_token: null })
    writeFileSync(join(tokenizer, 'generation_config.json'), '{"bos_token_id": 0}')
    const { marks } = await chooseTokenizer(resolveRunConfig({ corpus: ['x'], tokenizer, bos: true }))
    expect(marks.before).toEqual([{ id: cls, text: '[CLS]', from: 'the post-processor of tokenizer.json' }])
  })
})

test.each(textEnds)('%s of a tokenizer.json alone stands between documents', async (name) => {
  const { root } = makeFolder()
  const tokenizer = join(root, 'alone.json')
  writeFileSync(tokenizer, await trainBpe(['the cat'], { vocabSize: 270, specialTokens: ['<s>', name] }))
  const { marks } = await chooseTokenizer(resolveRunConfig({ corpus: ['x'], tokenizer }))
  expect(marks.separator.text).toBe(name)
})
