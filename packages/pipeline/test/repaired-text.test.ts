import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'
import { readRows } from './dataset-rows.ts'
import { writeFiles } from './run-folder.ts'

const gpt2 = await getEncoding('gpt2')

/** Text, and sequences that are not UTF-8: of one to three bytes, some of them the beginning of a character. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('the ', 'cat ', '日本語', ' 🙂', '\n\n', 'a').map((text) => Buffer.from(text)),
      fc
        .constantFrom([0xff], [0xe4, 0xb8], [0xf0, 0x9f, 0x99], [0x80], [0xc3])
        .map((bytes) => Buffer.from(bytes)),
    ),
    { minLength: 4, maxLength: 60 },
  )
  .map((pieces) => Buffer.concat(pieces))

test.each(['replace', 'skip'] as const)(
  'the byte ranges of a text repaired by %s follow each other in the source, whatever the segments',
  async (invalid) => {
    const root = temporaryFolder()
    let runs = 0
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.constantFrom(1, 2, 5), async (bytes, maxLength) => {
        const folder = join(root, String(++runs))
        mkdirSync(folder)
        const corpus = writeFiles(folder, [bytes])
        const text = Buffer.from(bytes.toString().replaceAll('\ufffd', invalid === 'skip' ? '' : '\ufffd'))
        const tokens = gpt2.encode(text).length
        fc.pre(tokens > maxLength)
        const config = resolveRunConfig({ corpus, maxLength, embeddings: 'none', tail: 'pad', invalid })
        const results = []
        for (const segmentBytes of [1e9, 40, 3]) {
          const out = join(folder, `out-${segmentBytes}`)
          await runLocally({ config, out, segmentBytes })
          results.push(await readRows(out))
        }
        const [rows, ...others] = results
        for (const other of others) expect(other).toEqual(rows)
        expect(rows![0]!.byteStart).toBe(0)
        for (const [row, { byteStart, byteEnd }] of rows!.entries()) {
          expect(byteEnd).toBeGreaterThanOrEqual(byteStart)
          if (row > 0) expect(byteStart).toBe(rows![row - 1]!.byteEnd)
        }
        if (rows!.length * maxLength >= tokens) expect(rows!.at(-1)!.byteEnd).toBe(bytes.length)
      }),
      { numRuns: Number(process.env['RUNS'] ?? 12) },
    )
  },
)

test('the byte ranges of a long repaired text follow each other, read in order or not', async () => {
  const root = temporaryFolder()
  const pieces = Array.from({ length: 9000 }, (_, index) =>
    index % 7 === 0 ? Buffer.of(0xff, 0xe4, 0xb8) : Buffer.from(` word${index}`),
  )
  const bytes = Buffer.concat(pieces)
  const corpus = writeFiles(root, [bytes])
  const read = async (name: string, seed?: number, segmentBytes = 1e9) => {
    const shuffle = seed === undefined ? null : { seed }
    const config = resolveRunConfig({ corpus, maxLength: 8, embeddings: 'none', invalid: 'replace', shuffle })
    await runLocally({ config, out: join(root, name), segmentBytes })
    return readRows(join(root, name))
  }
  const rows = await read('whole')
  for (const { inputIds, byteStart, byteEnd } of rows)
    expect(gpt2.decode(inputIds)).toBe(bytes.subarray(byteStart, byteEnd).toString())
  expect(await read('segments', undefined, 5000)).toEqual(rows)
  const shuffled = await read('shuffled', 1)
  expect(shuffled.toSorted((a, b) => a.window - b.window)).toEqual(rows)
})
