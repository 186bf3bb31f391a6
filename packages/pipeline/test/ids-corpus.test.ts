import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  applyRepair,
  exportDataset,
  folderStorage,
  openDataset,
  planRepair,
  verifyDataset,
} from '@sluice/dataset'
import { writeSafetensors } from '@sluice/embedding'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  estimateRun,
  readPlan,
  recomputeWindows,
  resolveRunConfig,
  runLocally,
  type RunOptions,
} from '../src/index.ts'
import { anyWindows } from './any-windows.ts'
import { readRows } from './dataset-rows.ts'
import { writeSources } from './run-folder.ts'
import type { SlowWindow } from './slow-run.ts'
import { copyTinyModel } from './tiny-model.ts'

const gpt2 = await getEncoding('gpt2')
const endOfText = 50_256

/** How documents of ids are written, and where ids have bytes of their own their width. */
const writers = {
  u16: { width: 2, write: (folder, documents) => flatFiles(folder, documents, 'u16', Uint16Array) },
  u32: { width: 4, write: (folder, documents) => flatFiles(folder, documents, 'u32', Uint32Array) },
  ended: {
    width: 4,
    options: { endId: endOfText },
    write: (folder, documents) =>
      flatFiles(folder, [documents.flatMap((ids) => [...ids, endOfText])], 'i32', Int32Array),
  },
  npy: { width: 4, write: (folder, documents) => documents.map((ids, at) => npyFile(folder, at, ids)) },
  jsonl: {
    options: { idField: 'data.ids' },
    write: (folder, documents) => [
      textFile(folder, documents.map((ids) => `${JSON.stringify({ data: { ids } })}\n`).join('')),
    ],
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly width?: number
      readonly options?: Partial<RunOptions>
      readonly write: (folder: string, documents: readonly (readonly number[])[]) => readonly string[]
    }
  >
>

type FlatArray = { from(ids: readonly number[]): ArrayBufferView<ArrayBuffer> }

function flatFiles(
  folder: string,
  documents: readonly (readonly number[])[],
  ending: string,
  array: FlatArray,
): readonly string[] {
  return documents.map((ids, at) => {
    const path = join(folder, `${String(at).padStart(3, '0')}.${ending}`)
    writeFileSync(path, new Uint8Array(array.from(ids).buffer))
    return path
  })
}

function npyFile(folder: string, at: number, ids: readonly number[]): string {
  const path = join(folder, `${String(at).padStart(3, '0')}.npy`)
  const header = `{'descr': '<i4', 'fortran_order': False, 'shape': (${ids.length},), }`
  const padded = `${header.padEnd(117)}\n`
  const prefix = Buffer.from('\u0093NUMPY\u0001\u0000\u0076\u0000', 'latin1')
  writeFileSync(
    path,
    Buffer.concat([prefix, Buffer.from(padded), new Uint8Array(Int32Array.from(ids).buffer)]),
  )
  return path
}

function textFile(folder: string, text: string): string {
  const path = join(folder, 'ids.jsonl')
  writeFileSync(path, text)
  return path
}

/** A row without what says where in its source it is from. */
function withoutPlaces({ source: _s, byteStart: _b, byteEnd: _e, pieces, ...row }: SlowWindow): unknown {
  const kept = pieces?.map(({ lengths, documents, firstTokens }) => ({ lengths, documents, firstTokens }))
  return { ...row, ...(kept && { pieces: kept }) }
}

const anyText = fc
  .array(fc.constantFrom('the ', 'cat ', 'sat.', '\n\n', ' 日本語', "'s "), { minLength: 1 })
  .map((words) => words.join(''))

test('rows of a corpus of ids are those of its texts, in any format, and each says which bytes it is from', async () => {
  const root = temporaryFolder()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyText, { minLength: 1, maxLength: 6 }),
      fc.record(anyWindows),
      fc.constantFrom(...(Object.keys(writers) as (keyof typeof writers)[])),
      fc.constantFrom(1, 9, 40, 1e6),
      fc.boolean(),
      async (texts, given, name, segmentBytes, pack) => {
        const folder = join(root, String(++runs))
        mkdirSync(folder)
        const packed = pack && {
          ...({ packing: 'best-fit', boundary: 'document', tail: 'pad', positions: 'restart' } as const),
          ...({ stride: given.maxLength, documents: 'ids' } as const),
        }
        const shared = { ...given, ...packed, embeddings: 'none' } as const
        const asText = resolveRunConfig({ corpus: writeSources(folder, [{ jsonl: texts }]), ...shared })
        const documents = texts.map((text) => [...gpt2.encode(text)])
        const writer: { readonly width?: number; readonly options?: Partial<RunOptions> } = writers[name]
        const corpus = writers[name].write(folder, documents)
        const asIds = resolveRunConfig({
          ...{ corpus, format: 'ids', encoding: 'gpt2' },
          ...shared,
          ...writer.options,
        })
        const [text, ids] = [join(folder, 'text'), join(folder, 'ids')]
        const made = await runLocally({ config: asText, out: text, threads: 1 }).catch(
          (error: unknown) => error,
        )
        const outcome = runLocally({ config: asIds, out: ids, segmentBytes, threads: 1 })
        if (made instanceof Error) {
          await expect(outcome).rejects.toMatchObject({ code: 'too-short' })
          return
        }
        await outcome
        const rows = await readRows(ids)
        expect(rows.map(withoutPlaces)).toEqual((await readRows(text)).map(withoutPlaces))
        if (writer.width === undefined) return
        const { width } = writer
        const isText = (id: number): boolean => id !== endOfText && id !== Number(given.bosId ?? -1)
        const textAt = (source: number, from: number, to: number): number[] => {
          const bytes = readFileSync(corpus[source]!).subarray(from, to)
          return Array.from({ length: bytes.length / width }, (_, at) =>
            bytes.readUIntLE(at * width, width),
          ).filter(isText)
        }
        for (const { inputIds, source, byteStart, byteEnd, pieces } of rows) {
          let column = 0
          for (const piece of pieces ?? []) {
            const own = inputIds.slice(column, (column += piece.lengths))
            if (piece.documents < 0) continue
            expect(textAt(piece.sources, piece.byteStarts, piece.byteEnds)).toEqual(own.filter(isText))
          }
          if (pieces !== undefined) continue
          // Of a row that goes on in another source, those of the first one.
          const own = textAt(source, byteStart, byteEnd)
          const all = inputIds.filter(isText)
          expect(all.slice(0, own.length)).toEqual(own)
          if (corpus.length === 1) expect(own.length).toBe(all.length)
        }
      },
    ),
    { numRuns: Number(process.env['RUNS'] ?? 12) },
  )
})

interface Place {
  readonly folder: string
  readonly corpus: readonly string[]
}

const documents = Array.from({ length: 7 }, (_, document) =>
  Array.from({ length: 5 + 3 * document }, (__, at) => (document * 31 + at * 7) % 96),
)

function place(name: keyof typeof writers = 'jsonl'): Place {
  const folder = temporaryFolder()
  return { folder, corpus: writers[name].write(folder, documents) }
}

async function run({ folder, corpus }: Place, options: Partial<RunOptions>, name = 'out'): Promise<string> {
  const out = join(folder, name)
  const idField = corpus[0]!.endsWith('.jsonl') ? { idField: 'data.ids' } : {}
  const config = resolveRunConfig({ corpus, format: 'ids', maxLength: 4, ...idField, ...options })
  await runLocally({ config, out, threads: 1 })
  return out
}

async function verifyAll(out: string, roots: readonly string[]): Promise<void> {
  await using dataset = await openDataset(out)
  await using again = await recomputeWindows(dataset, { roots, signal: new AbortController().signal })
  const deep = { windows: 100, recompute: again.recompute }
  expect((await verifyDataset(folderStorage(out), { deep })).problems).toEqual([])
}

describe('without a tokenizer', () => {
  test('the vocabulary is given, and the dataset verifies, is repaired and exported', async () => {
    const made = place('u16')
    const out = await run(made, { vocabSize: 97, separatorId: '96', dim: 3, bosId: '95', documents: 'ids' })
    await verifyAll(out, [made.folder])
    await using dataset = await openDataset(out)
    expect(dataset.manifest.identities.tokenizer).toMatchObject({ kind: 'none', vocabSize: 97 })
    expect(dataset.manifest.identities.tables[0]?.shape).toEqual([97, 3])
    const first = await dataset.read(0, 2)
    expect([...first.inputIds]).toEqual([95, ...documents[0]!, 96, 95].slice(0, 8))
    const folder = join(made.folder, 'tokens')
    await exportDataset(dataset, { to: 'tokens', out: folder })
    const flat = readFileSync(join(folder, 'tokens.bin'))
    const expected = documents.flatMap((ids, at) => [...(at > 0 ? [96] : []), 95, ...ids])
    const stream = new Uint32Array(new Uint8Array(flat).buffer)
    expect([...stream]).toEqual(expected.slice(0, stream.length))
    rmSync(join(out, 'manifest.json'))
    const storage = folderStorage(out)
    await applyRepair(storage, await planRepair(storage))
    expect((await verifyDataset(folderStorage(out))).problems).toEqual([])
  })

  test('the vocabulary is that of the tables', async () => {
    const made = place('ended')
    const tables = join(made.folder, 'tables.safetensors')
    const data = Float32Array.from({ length: 60_000 * 2 }, (_, at) => at)
    await writeSafetensors(tables, [{ name: 'wte.weight', dtype: 'F32', shape: [60_000, 2], data }])
    const out = await run(made, { tables, endId: endOfText, positionEncoding: 'none' })
    await verifyAll(out, [made.folder])
    await using dataset = await openDataset(out)
    const { inputIds, inputsEmbeds } = await dataset.read(1)
    // The id that ended documents in the file stands between them again.
    expect([...inputIds]).toEqual([...documents[0]!, endOfText].slice(4, 6).concat(documents[1]!.slice(0, 2)))
    expect([...inputsEmbeds!.subarray(0, 2)]).toEqual([2 * inputIds[0]!, 2 * inputIds[0]! + 1])
  })

  test('the vocabulary is that of the model, whose folder may have a tokenizer', async () => {
    const made = place()
    const model = copyTinyModel('gpt2/f32', join(made.folder, 'model'))
    const withTokenizer = await run(made, { model }, 'with')
    rmSync(join(model, 'tokenizer.json'))
    const without = await run(made, { model, separatorId: '2' }, 'without')
    const [left, right] = await Promise.all([readRows(withTokenizer), readRows(without)])
    expect(left).toEqual(right)
    await verifyAll(without, [made.folder])
  })

  test('a plan is read again, and another vocabulary is another run', async () => {
    const made = place()
    const planOf = async (vocabSize: number): Promise<string> => {
      const out = await run(made, { vocabSize, separatorId: '0', embeddings: 'none' }, String(vocabSize))
      const { planId } = (await openDataset(out)).manifest
      expect((await readPlan(folderStorage(out), planId)).planId).toBe(planId)
      return planId
    }
    expect(await planOf(96)).not.toBe(await planOf(97))
  })
})

/** By the first 4 KiB of the ids as uint32, whatever the format. */
function isHeldOut(ids: readonly number[]): boolean {
  const head = new Uint8Array(Uint32Array.from(ids).buffer).subarray(0, 4096)
  const digest = createHash('sha256').update('5:').update(head).digest('hex')
  return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48 < 0.3
}

test('a split puts the same documents on each side, however they are cut', async () => {
  for (const name of ['jsonl', 'ended', 'u32'] as const) {
    const long = Array.from({ length: 12 }, (_, document) =>
      Array.from({ length: 3000 }, (__, at) => (at * (document + 3)) % 900),
    )
    const folder = temporaryFolder()
    const corpus = writers[name].write(folder, long)
    const options = { ...(writers[name] as { readonly options?: Partial<RunOptions> }).options }
    for (const segmentBytes of [2000, 1e6]) {
      const config = resolveRunConfig({
        ...{ corpus, format: 'ids', encoding: 'gpt2', ...options, split: { validation: 0.3, seed: 5 } },
        ...{ boundary: 'document', embeddings: 'none', maxLength: 1000 },
      })
      const out = join(folder, String(segmentBytes))
      await runLocally({ config, out, segmentBytes, threads: 1 })
      for (const side of ['train', 'validation']) {
        const rows = await readRows(join(out, side))
        const first = rows.filter(({ inputIds }) => inputIds[0] === 0).map(({ inputIds }) => inputIds[1]! - 3)
        const expected = long.flatMap((ids, document) =>
          isHeldOut(ids) === (side === 'validation') ? [document] : [],
        )
        expect([...new Set(first)]).toEqual(expected)
      }
    }
  }
})

test.each(['ended', 'npy', 'jsonl'] as const)('token files are made of ids in %s', async (name) => {
  const { folder, corpus } = place(name)
  const { options } = writers[name] as { readonly options?: Partial<RunOptions> }
  const config = resolveRunConfig({
    ...{ corpus, format: 'ids', vocabSize: 60_000, separatorId: '96', separator: 'after', to: 'tokens' },
    ...options,
  })
  const out = join(folder, 'out')
  await runLocally({ config, out, threads: 1 })
  const bytes = readFileSync(join(out, 'tokens.bin'))
  expect([...new Uint32Array(new Uint8Array(bytes).buffer)]).toEqual(documents.flatMap((ids) => [...ids, 96]))
})

test('an estimate counts ids without a tokenizer', async () => {
  const made = place('u32')
  const config = resolveRunConfig({
    ...{ corpus: made.corpus, format: 'ids', vocabSize: 96, separatorId: '0', maxLength: 4 },
  })
  const total = documents.flat().length + documents.length - 1
  expect(await estimateRun(config, { path: made.folder }, new AbortController().signal)).toMatchObject({
    ...{ tokens: total, documents: documents.length, exact: true },
  })
})

test('an estimate counts the ids of compressed lines', async () => {
  const folder = temporaryFolder()
  const lists = Array.from({ length: 4000 }, (_, at) => Array.from({ length: 1 + (at % 97) }, (__, i) => i))
  const corpus = join(folder, 'corpus')
  mkdirSync(corpus)
  writeFileSync(
    join(corpus, 'a.jsonl.gz'),
    gzipSync(lists.map((ids) => `${JSON.stringify({ ids })}\n`).join('')),
  )
  const config = resolveRunConfig({
    ...{ corpus: [corpus], format: 'ids', idField: 'ids', vocabSize: 97, separatorId: '0', maxLength: 8 },
  })
  const total = lists.flat().length
  const found = await estimateRun(config, { path: folder }, new AbortController().signal)
  expect(found.documents).toBe(lists.length)
  expect(found.tokens).toBe(total + lists.length - 1)
})

describe('what is refused', () => {
  test.each<[string, Partial<RunOptions>, RegExp]>([
    ['no vocabulary', {}, /to have a tokenizer \(`encoding`, `tokenizer`\), tables.*`vocabSize`, got none/],
    [
      'no separator',
      { vocabSize: 96 },
      /Expected `separatorId`, the id between documents, got none: ids without a tokenizer/,
    ],
    [
      'a separator outside',
      { vocabSize: 96, separatorId: '96' },
      /`separatorId` to be an id below 96.*got 96/,
    ],
    [
      'an id outside',
      { vocabSize: 90, separatorId: '1' },
      /the list holds 9\d at its index \d+, not an id below 90/,
    ],
    ['two vocabularies', { vocabSize: 96, encoding: 'gpt2' }, /`vocabSize` to be left out with a tokenizer/],
    ['special tokens of nothing', { vocabSize: 96, specialTokens: 'model' }, /`specialTokens` to be none/],
    [
      'a field of a text',
      { format: null, vocabSize: 96 },
      /`idField` to be left out without a corpus of ids/,
    ],
  ])('%s', async (_, options, message) => {
    const made = place()
    await expect(run(made, { embeddings: 'none', ...options })).rejects.toThrow(message)
  })

  test('a text as ids, and ids as a text', async () => {
    const folder = temporaryFolder()
    const asText = resolveRunConfig({ corpus: writers.u16.write(folder, documents) })
    await expect(runLocally({ config: asText, out: join(folder, 'a') })).rejects.toThrow(
      '`format: ids` reads them',
    )
    const asIds = resolveRunConfig({ corpus: [theVerdict], format: 'ids', encoding: 'gpt2' })
    await expect(runLocally({ config: asIds, out: join(folder, 'b') })).rejects.toThrow('which holds no ids')
  })
})
