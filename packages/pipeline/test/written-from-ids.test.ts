import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, openDataset, verifyDataset, writeDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recomputeWindows, resolveRunConfig, runLocally } from '../src/index.ts'
import { anyWindows } from './any-windows.ts'
import { readRows } from './dataset-rows.ts'
import { writeSources } from './run-folder.ts'

const gpt2 = await getEncoding('gpt2')

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', ' 日本語', "'s ", '  '))
  .map((words) => words.join(''))

/** What is the same whether a dataset is made from texts or from their ids: all but places in the source. */
async function contentsOf(out: string): Promise<object> {
  const rows = await readRows(out)
  await using dataset = await openDataset(out)
  const { parts, totals, dropped, layout, windows, loneIds } = dataset.manifest
  const counts = parts.map(({ firstWindow, rows: inPart, tokens, documents, byteLength }) => {
    return { firstWindow, inPart, tokens, documents, byteLength }
  })
  const { stride, boundary, tail } = windows
  return {
    rows: rows.map(({ source: _source, byteStart: _start, byteEnd: _end, ...row }) => row),
    ...{ counts, dropped, layout, loneIds, windows: { stride, boundary, tail } },
    totals: { ...totals, sourceByteLength: 0 },
  }
}

test('a dataset that is written from ids is the one that a run over their texts makes', async () => {
  const root = temporaryFolder()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyText, { minLength: 1, maxLength: 9 }),
      fc.record(anyWindows),
      fc.constantFrom('twice' as const, 'once' as const),
      async (texts, given, ids) => {
        const folder = join(root, String(++runs))
        const corpus = writeSources(temporaryFolder(), [{ jsonl: texts }])
        const config = resolveRunConfig({ corpus, ...given, ids, embeddings: 'none' })
        const documents = texts.map((text) => {
          const begin = given.bosId === null || text === '' ? [] : [Number(given.bosId)]
          return [...begin, ...gpt2.encode(text)]
        })
        const { maxLength, stride, separator, boundary, tail } = given
        const write = () =>
          writeDataset({
            documents,
            out: join(folder, 'written'),
            layout: {
              ...{ maxLength, vocabSize: gpt2.vocabSize, documents: given.documents, ids },
              positionIds: given.positions === 'restart',
            },
            ...{ stride, separator, boundary, tail, endOfTextId: gpt2.endOfTextId, tokenizer: gpt2 },
          })
        const run = await runLocally({ config, out: join(folder, 'run') }).catch((error: unknown) => error)
        if (run instanceof Error) {
          expect(run).toMatchObject({ code: 'too-short' })
          await expect(write()).rejects.toThrow(/^Expected at least \d+ ids/)
          return
        }
        await write()
        expect(await contentsOf(join(folder, 'written'))).toEqual(await contentsOf(join(folder, 'run')))
        const { problems, leftovers } = await verifyDataset(folderStorage(join(folder, 'written')))
        expect({ problems, leftovers }).toEqual({ problems: [], leftovers: [] })
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 15) },
  )
})

test('parts of one run and of its ids are the same bytes but for places in the source', async () => {
  const root = temporaryFolder()
  const text = readFileSync(new URL('../../../examples/the-verdict.txt', import.meta.url), 'utf8')
  const corpus = writeSources(root, [{ txt: text }])
  const config = resolveRunConfig({ corpus, maxLength: 16, embeddings: 'none' })
  await runLocally({ config, out: join(root, 'run') })
  const ids = gpt2.encode(text)
  const layout = { maxLength: 16, vocabSize: gpt2.vocabSize }
  await writeDataset({ ids, layout, out: join(root, 'written'), endOfTextId: gpt2.endOfTextId })
  await using run = await openDataset(join(root, 'run'))
  await using written = await openDataset(join(root, 'written'))
  expect(written.manifest.identities.schema).toBe(run.manifest.identities.schema)
  expect(await contentsOf(join(root, 'written'))).toEqual(await contentsOf(join(root, 'run')))
  const { byteStart } = await written.read(0, written.length)
  expect(Array.from(byteStart, Number)).toEqual(Array.from({ length: written.length }, (_, row) => row * 64))
})

test('windows of a dataset of ids cannot be computed again, and that is said', async () => {
  const out = join(temporaryFolder(), 'out')
  await writeDataset({ ids: [1, 2, 3], layout: { maxLength: 2, vocabSize: 10 }, out })
  await using dataset = await openDataset(out)
  const outcome = recomputeWindows(dataset, { roots: [], signal: AbortSignal.timeout(1000) })
  await expect(outcome).rejects.toThrow('was written from ids, not from a corpus')
})
