import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { exportDataset, openDataset, type SequenceUnit } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import fc from 'fast-check'
import { get_encoding } from 'tiktoken'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunConfig, type RunOptions } from '../src/index.ts'
import { readFlatTokens } from './read-flat-tokens.ts'
import { anyWindows } from './any-windows.ts'
import { readMegatron } from './megatron-index.ts'
import { writeFiles, writeSources } from './run-folder.ts'

// The reference: tiktoken 1.0.22, the original's Rust core as WebAssembly. One document at a time.
const gpt2 = get_encoding('gpt2')
const endOfTextId = 50256

type Rules = Pick<RunConfig, 'maxLength' | 'stride' | 'boundary' | 'tail' | 'separator' | 'packing' | 'bosId'>

/** Ids of a text that its windows reach; of a text too short for a window, none. */
function reachOf(length: number, { maxLength, stride, tail }: Rules): number {
  const reached = new Set<number>()
  let start = 0
  for (; start < length - maxLength; start += stride)
    for (let at = start; at <= start + maxLength; at++) reached.add(at)
  const missing = Array.from({ length }, (_, at) => at).filter((at) => at > start && !reached.has(at))
  // One more window is filled up, if it gives a target that no window before it gives.
  const gives = missing.some((at) => at > Math.max(0, ...reached))
  if (tail === 'pad' && gives) return length
  return reached.size === 0 ? 0 : Math.max(...reached) + 1
}

/** The documents that a dataset of these texts holds, each as its ids. */
function documentsOf(texts: readonly string[], rules: Rules): number[][] {
  const { boundary, tail, separator, packing, bosId } = rules
  const bos = bosId === null ? [] : [Number(bosId)]
  const bare = texts.map((text) => [...bos, ...gpt2.encode(text, ['<|endoftext|>'])])
  const ended = separator === 'after' ? bare.map((ids) => [...ids, endOfTextId]) : bare
  if (packing === 'best-fit') return ended
  if (boundary === 'document') {
    // Where windows are filled up, those of one id are in the dataset too, beside its rows.
    const held = (ids: readonly number[]) =>
      tail === 'pad' && ids.length === 1 ? 1 : reachOf(ids.length, rules)
    return ended.map((ids) => ids.slice(0, held(ids))).filter((ids) => ids.length > 0)
  }
  const joined =
    separator === 'between' ? ended.map((ids, index) => (index > 0 ? [endOfTextId, ...ids] : ids)) : ended
  let left = reachOf(joined.flat().length, rules)
  return joined.flatMap((ids) => {
    const held = ids.slice(0, left)
    left -= held.length
    return held.length === 0 ? [] : [held]
  })
}

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', '<|endoftext|>', ' 日本語', "'s ", 'x'), {
    maxLength: 9,
  })
  .map((words) => words.join(''))

const anyOptions = fc.record({
  ...anyWindows,
  shuffle: fc.option(fc.record({ seed: fc.integer({ min: 0, max: 9 }) })),
  packing: fc.constantFrom('none', 'best-fit'),
  to: fc.constantFrom('tokens', 'megatron'),
})

/** Whether the documents of a dataset can be found again: stated here on its own, in the words of the README. */
function canTellDocuments({
  layout,
  windows,
  totals,
}: Awaited<ReturnType<typeof openDataset>>['manifest']): boolean {
  if (windows.packing === 'best-fit') return true
  const { stride, boundary } = windows
  if (boundary === 'document') return layout.documents !== 'none' && stride <= layout.maxLength + 1
  if (totals.documents === 1) return stride <= layout.maxLength + 1
  return layout.documents !== 'none' && stride <= layout.maxLength
}

test('exports give the documents as tiktoken does one by one, or refuse, whatever the windows', async () => {
  const root = temporaryFolder()
  let runs = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyText, { minLength: 1, maxLength: 6 }),
      anyOptions,
      async (texts, { to, ...given }) => {
        const folder = join(root, String(runs++))
        mkdirSync(folder)
        const packed = {
          boundary: 'document',
          tail: 'pad',
          positions: 'restart',
          stride: given.maxLength,
        } as const
        const options: Partial<RunOptions> =
          given.packing === 'best-fit'
            ? { ...given, ...packed, documents: given.documents === 'none' ? 'ids' : given.documents }
            : given
        const corpus = writeSources(folder, [{ jsonl: texts }])
        const config = resolveRunConfig({ corpus, ...options, embeddings: 'none' })
        const expected = documentsOf(
          texts.filter((text) => text !== ''),
          config,
        )
        const out = join(folder, 'out')
        const outcome = runLocally({ config, out })
        // Documents of one id alone make no dataset.
        const least = config.boundary === 'document' ? 2 : 1
        if (expected.every((ids) => ids.length < least)) {
          await expect(outcome).rejects.toMatchObject({ code: 'too-short' })
          return
        }
        await outcome
        await using dataset = await openDataset(out)
        const exported = exportDataset(dataset, { to, out: join(folder, to), unit: 'document' })
        if (!canTellDocuments(dataset.manifest)) {
          refused++
          await expect(exported).rejects.toMatchObject({ code: 'invalid-argument' })
          return
        }
        const { sequences } = await exported
        const documents = to === 'tokens' ? readFlatTokens(join(folder, to)) : readMegatron(join(folder, to))
        expect(documents).toEqual(expected)
        expect(sequences).toEqual({
          unit: 'document',
          count: expected.length,
          tokens: expected.flat().length,
        })
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 60) },
  )
  expect(refused).toBeLessThan(runs)
})

const fourDocuments = [
  'one two three four five six',
  'a',
  'red green blue',
  'the cat sat on the mat again and again',
]

test.each([
  ['padded', { boundary: 'document', tail: 'pad', documents: 'ids' }],
  [
    'packed',
    { boundary: 'document', tail: 'pad', documents: 'ids', positions: 'restart', packing: 'best-fit' },
  ],
  ['overlapping and shuffled', { stride: 2, tail: 'pad', documents: 'boundaries', shuffle: { seed: 3 } }],
] as const)('%s windows export to the ids of their documents and nothing else', async (_name, given) => {
  const root = temporaryFolder()
  const corpus = writeSources(root, [{ jsonl: fourDocuments }])
  const config = resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none', separator: 'none', ...given })
  await runLocally({ config, out: join(root, 'data') })
  await using dataset = await openDataset(join(root, 'data'))
  for (const to of ['tokens', 'megatron'] as const) {
    await exportDataset(dataset, { to, out: join(root, to) })
    const documents = to === 'tokens' ? readFlatTokens(join(root, to)) : readMegatron(join(root, to))
    expect(documents).toEqual(fourDocuments.map((text) => [...gpt2.encode(text)]))
  }
})

test('an export by window leaves the filling out, and a dataset that cannot tell documents says why', async () => {
  const root = temporaryFolder()
  const corpus = writeFiles(root, ['one two three four five six', 'seven eight'])
  const exportOf = async (options: Partial<RunOptions>, unit?: SequenceUnit): Promise<number[][]> => {
    const folder = temporaryFolder()
    const config = resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none', ...options })
    await runLocally({ config, out: join(folder, 'data') })
    await using dataset = await openDataset(join(folder, 'data'))
    await exportDataset(dataset, { to: 'tokens', out: join(folder, 'out'), ...(unit && { unit }) })
    return readFlatTokens(join(folder, 'out'))
  }
  const [first, second] = ['one two three four five six', 'seven eight'].map((text) => [...gpt2.encode(text)])
  const padded = { boundary: 'document', tail: 'pad' } as const
  expect(await exportOf(padded)).toEqual([first!.slice(0, 4), first!.slice(4), second])
  await expect(exportOf({ ...padded, documents: 'ids', stride: 6 })).rejects.toThrow(
    'leaves out ids between its windows, so it cannot be exported by document',
  )
  expect(await exportOf({ ...padded, documents: 'ids', stride: 6 }, 'window')).toEqual([
    first!.slice(0, 4),
    second,
  ])
})
