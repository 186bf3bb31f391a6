import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  applyRepair,
  folderStorage,
  openDataset,
  planRepair,
  textAt,
  verifyDataset,
  type Dataset,
  type DocumentRecord,
} from '@sluice/dataset'
import { getEncoding } from '@sluice/tokenizer'
import { temporaryFolder } from '@sluice/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { anyWindows } from './any-windows.ts'

const gpt2 = await getEncoding('gpt2')

/** A line: its text, and a number and a text to keep, where there are any. */
interface Line {
  readonly text: string
  readonly id?: number
  readonly url?: string
}

const anyLine: fc.Arbitrary<Line> = fc.record(
  {
    text: fc
      .array(fc.constantFrom('the ', 'cat ', 'sat.', '日本 ', '\n'), { minLength: 1, maxLength: 9 })
      .map((words) => words.join('')),
    id: fc.integer(),
    url: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constant('u'.repeat(900))),
  },
  { requiredKeys: ['text'] },
)

const keep = ['id', 'address=url']
const keptOf = ({ id, url }: Line): (string | null)[] => [id === undefined ? null : String(id), url ?? null]

function writeLines(folder: string, files: readonly (readonly Line[])[]): string[] {
  mkdirSync(folder, { recursive: true })
  return files.map((lines, index) => {
    const path = join(folder, `${index}.jsonl`)
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return path
  })
}

async function documentsOf(dataset: Dataset): Promise<readonly DocumentRecord[]> {
  return dataset.documents!.read(0, dataset.documents!.length)
}

/** Every file of a dataset but the plan's, by name. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.\w+$/.test(name),
  )
  return Object.fromEntries(
    names.toSorted().map((name) => [name, readFileSync(join(folder, name)).toString('hex')]),
  )
}

test('windows have the values of the document they begin in, and the table those of every document', async () => {
  const root = temporaryFolder()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyLine, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
      fc.record({ ...anyWindows, shuffle: fc.option(fc.record({ seed: fc.nat(9) })) }),
      fc.constantFrom(1, 40, 1e6),
      fc.boolean(),
      async (files, windows, segmentBytes, pack) => {
        const folder = join(root, String(++runs))
        const corpus = writeLines(folder, files)
        const packed = {
          packing: 'best-fit',
          boundary: 'document',
          tail: 'pad',
          positions: 'restart',
          stride: windows.maxLength,
          documents: 'boundaries',
        } as const satisfies Partial<RunOptions>
        const options: RunOptions = { ...windows, ...(pack && packed), corpus, keep, embeddings: 'none' }
        const out = join(folder, 'out')
        const outcome = runLocally({ config: resolveRunConfig(options), out, segmentBytes, threads: 1 })
        const code = await outcome.then(
          () => undefined,
          (error: { readonly code: string }) => error.code,
        )
        if (code !== undefined) {
          expect(code).toBe('too-short')
          return
        }
        const lines = files.flat()
        await using dataset = await openDataset(out)
        const documents = await documentsOf(dataset)
        expect(documents.map(({ kept }) => kept)).toStrictEqual(lines.map(keptOf))
        expect(documents.map(({ document }) => document)).toStrictEqual(lines.map((_, index) => index))
        // The stream of ids, and in it each document.
        const { separator, bosId } = windows
        let next = 0
        for (const [index, { text }] of lines.entries()) {
          const marks = (separator === 'after' ? 1 : 0) + (bosId === null ? 0 : 1)
          const own = gpt2.encode(text).length + marks
          if (separator === 'between' && index > 0) next++
          expect(documents[index]).toMatchObject({ firstToken: next, tokens: own })
          next += own
          const { source, byteStart, byteEnd } = documents[index]!
          const record = readFileSync(corpus[source]!).subarray(byteStart, byteEnd).toString()
          expect(record).toBe(JSON.stringify(lines[index]))
          const last = await dataset.documents!.findToken(next - 1)
          expect(last?.document).toBe(index)
        }
        const nulls = (of: (line: Line) => unknown): number =>
          lines.filter((line) => of(line) === undefined).length
        expect(dataset.manifest.documentTable?.columns).toStrictEqual([
          { name: 'id', field: 'id', nulls: nulls(({ id }) => id) },
          { name: 'address', field: 'url', nulls: nulls(({ url }) => url) },
        ])
        for (let row = 0; row < dataset.length; row++) {
          const { kept, document, source, byteStart } = await dataset.read(row)
          const first = documents[Number(document![0])]!
          expect(kept!.map((texts) => textAt(texts, 0))).toStrictEqual(first.kept)
          expect(source[0]).toBe(first.source)
          // A separator after a document stands at its end.
          expect([first.byteStart, first.byteEnd]).toContain(Number(byteStart[0]))
        }
        for await (const { rows, kept, document } of dataset.batches())
          for (let row = 0; row < rows; row++)
            expect(kept!.map((texts) => textAt(texts, row))).toStrictEqual(
              documents[Number(document![row])]!.kept,
            )
      },
    ),
    { numRuns: 20 },
  )
}, 120_000)

const manyLines = Array.from({ length: 3000 }, (_, index): Line => ({
  text: `line ${index} `.repeat(1 + (index % 7)),
  ...(index % 3 > 0 && { id: index }),
  url: `https://example.org/${index}`,
}))
const someOptions = { keep, embeddings: 'none', maxLength: 8, documents: 'ids' } as const

test('threads, segments and a run that goes on give the same files', async () => {
  const folder = temporaryFolder()
  const corpus = writeLines(folder, [manyLines, manyLines.slice(0, 10)])
  const config = resolveRunConfig({ corpus, ...someOptions })
  const outs = [1, 3].map((threads) => join(folder, `out${threads}`))
  await runLocally({ config, out: outs[0]!, threads: 1 })
  await runLocally({ config, out: outs[1]!, threads: 3, segmentBytes: 5000 })
  const expected = filesOf(outs[0]!)
  expect(Object.keys(expected).filter((name) => name.startsWith('documents'))).toHaveLength(1)
  expect(filesOf(outs[1]!)).toStrictEqual(expected)
  const stopped = join(folder, 'stopped')
  for (const moment of ['progress', 'tokenized']) {
    const stop = new AbortController()
    const onEvent = (event: { readonly event: string; readonly done?: number }): void => {
      if (event.event === moment && event.done !== 0) stop.abort()
    }
    const run = runLocally({
      config,
      out: stopped,
      threads: 1,
      segmentBytes: 5000,
      signal: stop.signal,
      onEvent,
    })
    await expect(run).rejects.toMatchObject({ code: 'aborted' })
  }
  await runLocally({ config, out: stopped, threads: 1, segmentBytes: 5000 })
  expect(filesOf(stopped)).toStrictEqual(expected)
}, 60_000)

test('a table of documents that is damaged or lost is found, and made again', async () => {
  const folder = temporaryFolder()
  const corpus = writeLines(folder, [manyLines])
  const config = resolveRunConfig({ corpus, ...someOptions })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1 })
  const expected = filesOf(out)
  const storage = folderStorage(out)
  expect((await verifyDataset(storage)).problems).toStrictEqual([])
  const name = Object.keys(expected).find((file) => file.startsWith('documents/'))!
  const damage: Readonly<Record<string, () => void>> = {
    'missing-file': () => rmSync(join(out, name)),
    'wrong-hash': () => {
      const bytes = readFileSync(join(out, name))
      bytes[bytes.length - 2000]! ^= 1
      rmSync(join(out, name))
      writeFileSync(join(out, name), bytes)
    },
    'wrong-size': () => writeFileSync(join(out, name), 'short'),
  }
  for (const [code, spoil] of Object.entries(damage)) {
    spoil()
    const { problems } = await verifyDataset(storage)
    expect(problems.map((problem) => [problem.code, problem.file])).toStrictEqual([[code, name]])
    expect((await planRepair(storage)).unrepaired).toHaveLength(1)
    await applyRepair(storage, await planRepair(storage, { reopen: true }))
    await runLocally({ config, out, threads: 1 })
    expect(filesOf(out)).toStrictEqual(expected)
  }
  // A lost manifest is rebuilt from its header, the table being what that says.
  rmSync(join(out, 'manifest.json'))
  await applyRepair(storage, await planRepair(storage))
  expect(filesOf(out)).toStrictEqual(expected)
  rmSync(join(out, 'manifest.json'))
  damage['wrong-hash']!()
  await expect(planRepair(storage)).rejects.toMatchObject({ code: 'incomplete', file: name })
}, 60_000)

test('a name that a dataset has itself is refused, with the way out', () => {
  const keeping =
    (...names: string[]): unknown =>
    () =>
      resolveRunConfig({ corpus: ['a'], keep: names })
  expect(keeping('source')).toThrow('`my_source=source`')
  expect(keeping('a=b', 'a')).toThrow('`a` twice')
  expect(keeping('a=')).toThrow('`a=`')
  expect(resolveRunConfig({ corpus: ['a'], keep: ['origin=source', '=odd'] }).keep).toHaveLength(2)
})

test('a plan that keeps nothing has no trace of it', async () => {
  const folder = temporaryFolder()
  const corpus = writeLines(folder, [manyLines])
  const out = join(folder, 'out')
  await runLocally({
    config: resolveRunConfig({ corpus, embeddings: 'none', maxLength: 8 }),
    out,
    threads: 1,
  })
  const written =
    readFileSync(join(out, 'plan.json'), 'utf8') + readFileSync(join(out, 'manifest.json'), 'utf8')
  expect(written).not.toContain('kept')
  expect(written).not.toContain('keep')
  expect(readdirSync(out)).not.toContain('documents')
})
