import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset, traceRow } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import fc from 'fast-check'
import { get_encoding } from 'tiktoken'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { anyWindows } from './any-windows.ts'

// The reference: tiktoken 1.0.22, the original's Rust core as WebAssembly. One document at a time.
const gpt2 = get_encoding('gpt2')
const endOfTextId = 50256

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', ' 日本語', "'s ", 'x'), {
    minLength: 1,
    maxLength: 9,
  })
  .map((words) => words.join(''))

const anyOptions = fc.record({
  ...anyWindows,
  shuffle: fc.option(fc.record({ seed: fc.integer({ min: 0, max: 9 }) })),
  packing: fc.constantFrom('none', 'best-fit'),
  keep: fc.constantFrom(undefined, ['n']),
})

/** Separators and filling are of no document. */
function checkUnclaimed(ids: ArrayLike<number>): void {
  expect(Array.from(ids).every((id) => id === endOfTextId)).toBe(true)
}

test('every input of a row is traced to the document, and the record, that has it', async () => {
  const root = temporaryFolder()
  let runs = 0
  let traced = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyText, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      anyOptions,
      async (files, { keep, ...given }) => {
        const folder = join(root, String(runs++))
        mkdirSync(folder)
        let number = 0
        const numbered = files.map((texts) => texts.map((text) => ({ text, n: number++ })))
        const corpus = numbered.map((lines, file) => {
          const path = join(folder, `${file}.jsonl`)
          writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'))
          return path
        })
        const packed: Partial<RunOptions> =
          given.packing === 'best-fit'
            ? {
                boundary: 'document',
                tail: 'pad',
                positions: 'restart',
                stride: given.maxLength,
                documents: 'ids',
              }
            : {}
        const options = { ...given, ...packed, ...(keep && { keep }), embeddings: 'none' } as const
        const out = join(folder, 'out')
        const config = resolveRunConfig({ corpus, ...options })
        try {
          await runLocally({ config, out })
        } catch (error) {
          expect(error).toMatchObject({ code: 'too-short' })
          return
        }
        const texts = files.flat()
        const bos = config.bosId === null ? [] : [Number(config.bosId)]
        await using dataset = await openDataset(out)
        for (let row = 0; row < dataset.length; row++) {
          const { inputIds } = await dataset.read(row)
          const { pieces } = await traceRow(dataset, row)
          let end = 0
          for (const { from, to, document, firstId, record, text } of pieces) {
            checkUnclaimed(inputIds.subarray(end, from))
            end = to
            if (document === undefined) continue
            // By the columns of documents, a separator between two is of the later one.
            const ids = [...bos, ...gpt2.encode(texts[document]!), endOfTextId]
            const inputs = [...inputIds.subarray(from, to)]
            if (firstId === undefined)
              expect(` ${[endOfTextId, ...ids].join(' ')} `).toContain(` ${inputs.join(' ')} `)
            else expect(inputs).toStrictEqual(ids.slice(firstId, firstId + to - from))
            traced += inputs.length
            expect(record === undefined).toBe(keep === undefined)
            if (record !== undefined) {
              const bytes = readFileSync(corpus[record.source]!).subarray(record.byteStart, record.byteEnd)
              expect(JSON.parse(bytes.toString())).toStrictEqual({ text: texts[document], n: document })
              expect(record.kept).toStrictEqual([String(document)])
            }
            if (text !== undefined && record !== undefined) expect(text.source).toBe(record.source)
          }
          checkUnclaimed(inputIds.subarray(end))
        }
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 40) },
  )
  expect(traced).toBeGreaterThan(0)
})
