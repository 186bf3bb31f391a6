import { bgzf, bgzfBlock, seededRandom, zstdFrames } from '@sluice/testing'
import * as fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { CorpusError } from '../../src/errors.ts'
import type { SourceFormat } from '../../src/formats/source-format.ts'
import type { Segment } from '../../src/cut/segment.ts'
import { planSegments, type SegmentOptions } from '../../src/segments/plan-segments.ts'
import { collectSegments } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'

const whole: readonly Segment[] = [{ kind: 'whole' }]

/** Not a safe cut for any tokenizer, but a place that depends on the bytes alone. */
function nextSpace(bytes: Uint8Array, near: number): number {
  const at = bytes.indexOf(0x20, Math.max(near, 1))
  return at > 0 ? at : -1
}

const writers: Readonly<Record<string, (text: Uint8Array, blockBytes: number) => Uint8Array>> = {
  'a.gz': bgzf,
  'sized.zst': (text, frameBytes) => zstdFrames(text, { frameBytes, sizes: true, seekTable: false }),
  'unsized.zst': (text, frameBytes) => zstdFrames(text, { frameBytes, sizes: false, seekTable: false }),
  'seekable.zst': (text, frameBytes) => zstdFrames(text, { frameBytes, sizes: false, seekTable: true }),
}

function sourceOf(
  name: string,
  format: 'txt' | 'jsonl',
  bytes: Uint8Array,
  sizes?: readonly number[],
): { readonly source: MemorySource; readonly format: SourceFormat } {
  const source = new MemorySource(`${format}.${name}`, bytes, sizes)
  return { source, format: { format, compression: name.endsWith('gz') ? 'gzip' : 'zstd' } }
}

const anyWord = fc.constantFrom('the ', 'cat ', 'sat.', '\n', ' 日本語', 'naïve ', '🙂', '"', '  ', '\\n')
const anyText = fc
  .array(anyWord, { minLength: 200, maxLength: 300, size: 'max' })
  .map((words) => words.join(''))
const anyLines = fc
  .array(fc.array(anyWord, { maxLength: 20 }), { minLength: 20, maxLength: 30, size: 'max' })
  .map((texts) => texts.map((words) => JSON.stringify({ text: words.join('') })).join('\n'))

const anyCut = fc.record({
  blockBytes: fc.integer({ min: 30, max: 400 }),
  targetBytes: fc.integer({ min: 1, max: 300 }),
  sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
})

/** What reading gives: documents and problems, or what is wrong. */
async function outcomeOf(read: () => Promise<object>): Promise<object> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CorpusError) return { code: error.code, message: error.message }
    throw error
  }
}

for (const [name, write] of Object.entries(writers)) {
  for (const format of ['txt', 'jsonl'] as const) {
    test(`${format}.${name} in segments gives the documents of the whole, and is cut where it can be`, async () => {
      let mostSegments = 0
      await fc.assert(
        fc.asyncProperty(
          format === 'txt' ? anyText : anyLines,
          anyCut,
          async (text, { blockBytes, targetBytes, sizes }) => {
            const bytes = write(Buffer.from(text), blockBytes)
            const given = sourceOf(name, format, bytes, sizes)
            const options: SegmentOptions = { targetBytes, findSafeCut: nextSpace }
            const segments = await planSegments(given.source, given.format, options)
            mostSegments = Math.max(mostSegments, segments.length)
            const cut = await collectSegments(given.source, given.format, segments)
            expect(cut).toStrictEqual(await collectSegments(given.source, given.format, whole))
          },
        ),
        { numRuns: Number(process.env['RUNS'] ?? 12) },
      )
      expect(mostSegments).toBeGreaterThan(3)
    })
  }

  test(`${name}: whatever is damaged, the segments are refused as the whole is, or give the same`, async () => {
    const draws = Number(process.env['DRAWS'] ?? 20)
    const random = seededRandom(Number(process.env['SEED'] ?? 11))
    const below = (most: number): number => Math.floor(random() * most)
    const text = Buffer.from(
      Array.from({ length: 40 }, (_, k) => JSON.stringify({ text: `line ${k} ${'word '.repeat(k)}` })).join(
        '\n',
      ),
    )
    const good = write(text, 300)
    let refused = 0
    for (let draw = 0; draw < draws; draw++) {
      const bytes = Buffer.from(below(4) === 0 ? good.subarray(0, below(good.length)) : good)
      for (let faults = below(3); faults > 0 && bytes.length > 0; faults--)
        bytes[below(bytes.length)] = below(256)
      const { source, format } = sourceOf(name, 'jsonl', bytes)
      const options = { onError: 'skip' } as const
      const segments = await planSegments(source, format, { targetBytes: 500 })
      const cut = await outcomeOf(() => collectSegments(source, format, segments, options))
      const expected = await outcomeOf(() => collectSegments(source, format, whole, options))
      // A table that lies is no fault of the text: who reads the whole never looks at it.
      const isOfTable = 'message' in cut && /the file says that they give/.test(String(cut.message))
      if (!(isOfTable && name === 'seekable.zst')) expect(cut, `draw ${draw}`).toStrictEqual(expected)
      if ('code' in expected) refused++
    }
    expect(refused).toBeGreaterThan(draws / 10)
  })
}

test('blocks that lie about where they end never give another text, though a header lies at the place that they say', async () => {
  const line = Buffer.from('{"text":"never written"}\n')
  const inner = bgzfBlock(Buffer.from(line.toString().repeat(30_000)))
  // What is read as the length of the text of a block that ends here.
  const trailer = Buffer.from([0, 0, 0, 0, 30, 0, 0, 0])
  // Stored as it is, so that the block holds the bytes of another.
  const outer = Buffer.from(bgzfBlock(Buffer.concat([line, trailer, inner, inner, line]), { level: 0 }))
  const at = outer.indexOf(inner, 18)
  expect(at).toBeGreaterThan(18)
  outer.writeUInt16LE(at - 1, 16)
  const bytes = Buffer.concat([outer, bgzf(Buffer.from('{"text":"a"}\n'.repeat(40)), 50)])
  const { source, format } = sourceOf('a.gz', 'jsonl', bytes)
  const options = { onError: 'skip' } as const
  expect((await collectSegments(source, format, whole, options)).documents.length).toBeGreaterThan(40)
  const segments = await planSegments(source, format, { targetBytes: 1 })
  expect(segments.length).toBeGreaterThan(1)
  await expect(collectSegments(source, format, segments, options)).rejects.toMatchObject({
    code: 'broken-file',
  })
})

test('a seek table that lies about lengths or texts never gives another text', async () => {
  const text = Buffer.from('{"text":"some words"}\n'.repeat(200))
  const lies: readonly (readonly [string, Parameters<typeof zstdFrames>[1]['lie']])[] = [
    [
      'a text that is shorter',
      (entries) => entries.map(([stored, plain], k) => [stored, k === 3 ? plain - 7 : plain]),
    ],
    [
      'a text that is longer',
      (entries) => entries.map(([stored, plain], k) => [stored, k === 3 ? plain + 700 : plain]),
    ],
    ['frames outside of the file', (entries) => entries.map(([, plain]) => [0xffffffff, plain])],
    ['frames that end too early', (entries) => entries.map(([stored, plain]) => [stored - 3, plain])],
    ['too few', (entries) => entries.slice(2)],
    ['too many', (entries) => [...entries, ...entries]],
  ]
  for (const [what, lie] of lies) {
    const bytes = zstdFrames(text, { frameBytes: 256, sizes: false, seekTable: true, ...(lie && { lie }) })
    const { source, format } = sourceOf('seekable.zst', 'jsonl', bytes)
    const segments = await planSegments(source, format, { targetBytes: 300 })
    const expected = await collectSegments(source, format, whole)
    const cut = await outcomeOf(() => collectSegments(source, format, segments))
    if (what.startsWith('a text')) expect(cut, what).toMatchObject({ code: 'broken-file' })
    else expect(cut, what).toStrictEqual(expected)
  }
})

test('a file of one member or frame, and one that says it gives more than it may, stay whole', async () => {
  const text = Buffer.from('{"text":"some words"}\n'.repeat(20_000))
  const kinds: readonly (readonly [string, Uint8Array, SegmentOptions])[] = [
    ['a.gz', gzipSync(text), {}],
    ['sized.zst', zstdFrames(text, { frameBytes: 1e9, sizes: true, seekTable: false }), {}],
    ['a.gz', bgzf(text), { limits: { maxTextBytes: 100_000 } }],
    ['a.gz', Buffer.concat([gzipSync(text), bgzf(text)]), {}],
  ]
  for (const [name, bytes, options] of kinds) {
    const { source, format } = sourceOf(name, 'jsonl', bytes)
    expect(await planSegments(source, format, { targetBytes: 1000, ...options })).toStrictEqual(whole)
  }
  const { source, format } = sourceOf('a.gz', 'jsonl', bgzf(text))
  expect((await planSegments(source, format, { targetBytes: 1000 })).length).toBeGreaterThan(3)
  expect(await planSegments(source, { ...format, format: 'csv' }, { targetBytes: 1000 })).toStrictEqual(whole)
})
