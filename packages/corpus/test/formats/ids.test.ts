import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detectFormat, type FormatOverride } from '../../src/detect/detect-format.ts'
import type { ReadOptions } from '../../src/documents/read-options.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { readDocuments, readSegment } from '../../src/segments/read-segment.ts'
import { collect, collectSegments, type Collected } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'

const folder = join(import.meta.dirname, '../fixtures/ids')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))
const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const rows = json('rows.json') as readonly (readonly number[] | null)[]
const arrays = json('arrays.json') as {
  readonly vector: readonly number[]
  readonly 'vector % 100': readonly number[]
  readonly fixed: readonly (readonly number[] | null)[]
}

const ids = { vocabSize: 50_000 }
const asIds = { format: 'ids' } as const

/** Ids as {@link collect} shows them. */
const shown = (list: Iterable<number>): string => Array.from(list, (id) => `${id} `).join('')

/** Documents of the rows of a table. */
function documentsOf(lists: readonly (readonly number[] | null)[]): Collected[] {
  return lists.flatMap((list, row) =>
    list === null || list.length === 0 ? [] : [{ text: shown(list), start: row, end: row + 1 }],
  )
}

const counted = (lists: readonly unknown[], is: (list: unknown) => boolean) => {
  const where = lists.flatMap((list, row) => (is(list) ? [row] : []))
  return { count: where.length, first: where.slice(0, 10) }
}

/** Reads a source in segments of any size, and whole: both must be the same. */
async function readAll(source: MemorySource, options: ReadOptions, override: FormatOverride = asIds) {
  const format = await detectFormat(source, override)
  const whole = await collectSegments(source, format, [{ kind: 'whole' }], options)
  for (const targetBytes of [1, 700, 2 ** 30]) {
    const endId = options.ids?.endId
    const cut = await planSegments(source, format, { targetBytes, ...(endId !== undefined && { endId }) })
    expect(await collectSegments(source, format, cut, options)).toStrictEqual(whole)
  }
  return whole
}

describe('lists of ids in tables, written by pyarrow', () => {
  const tables = readdirSync(folder).filter((name) =>
    /^(plain|dictionary|delta|split|int64|uint16|required|large|list|sliced).*\.(parquet|arrows?)$/.test(
      name,
    ),
  )

  test('are in many encodings', () => expect(tables.length).toBe(17))

  test.each(tables)('%s gives its lists, nulls and empty lists, for any segments', async (name) => {
    const source = new MemorySource(name, read(name), [700])
    const { documents, problems } = await readAll(source, { ids, onError: 'skip' })
    expect(documents).toStrictEqual(documentsOf(rows))
    expect(problems).toStrictEqual({
      'missing-field': counted(rows, (list) => list === null),
      'empty-document': counted(rows, (list) => Array.isArray(list) && list.length === 0),
    })
  })

  test('lists of one size', async () => {
    const source = new MemorySource('fixed.arrow', read('fixed.arrow'))
    expect((await readAll(source, { ids, onError: 'skip' })).documents).toEqual(documentsOf(arrays.fixed))
  })

  test('columns inside a struct', async () => {
    const options = { ids, field: 'data.input_ids', onError: 'skip' } as const
    const source = new MemorySource('struct.parquet', read('struct.parquet'))
    expect((await readAll(source, options)).documents).toEqual(documentsOf(rows))
  })

  test.each(['dictionary-v2.parquet', 'list-int64-lz4.arrow'])(
    '%s gives kept values beside them',
    async (name) => {
      const names: (string | null)[] = []
      const options = { ids, keep: ['name'], onError: 'skip' } as const
      for await (const batch of readDocuments(new MemorySource(name, read(name)), { ...options, ...asIds }))
        for (const event of batch) if (event.kind === 'start') names.push(event.kept![0]!)
      const wanted = documentsOf(rows).map(({ start }) => (start % 4 === 1 ? null : `n${start}`))
      expect(names).toEqual(wanted)
    },
  )

  test.each(['wrong.parquet', 'wrong.arrow'])(
    '%s: what is no id is an error with its place, or left out',
    async (name) => {
      const source = new MemorySource(name, read(name))
      await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toMatchObject({
        code: 'invalid-ids',
        position: 1,
        message: expect.stringMatching(
          /the list holds a null at its index 1, not an id below 50000/,
        ) as string,
      })
      const { documents, problems } = await readAll(source, { ids, onError: 'skip' })
      expect(documents.map(({ text }) => text)).toEqual(['1 2 ', '6 '])
      expect(problems).toEqual({ 'invalid-ids': { count: 3, first: [1, 2, 3] } })
    },
  )

  test.each([
    ['floats.arrow', "holds Arrow's type list<float>, not lists of integers"],
    ['nested.parquet', 'does not hold lists of integers'],
    ['strings.parquet', 'does not hold lists of integers'],
  ])('%s is refused by name', async (name, message) => {
    const source = new MemorySource(name, read(name))
    await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toThrow(message)
  })

  test('a row that is too long to hold is an error with its place', async () => {
    const source = new MemorySource('plain-v1.parquet', read('plain-v1.parquet'))
    const reading = collect([readDocuments(source, { ids, ...asIds, onError: 'skip', maxBatchBytes: 4000 })])
    await expect(reading).rejects.toMatchObject({ code: 'too-large', position: 20 })
  })

  test.each([
    'plain-v1.parquet',
    'dictionary-v2.parquet',
    'delta-int64-v2.parquet',
    'list-int32.arrow',
    'fixed.arrow',
  ])(
    '%s: any damaged byte gives the same lists, others of the vocabulary, or an error of this package',
    async (name) => {
      const good = read(name)
      const step = Math.ceil(good.length / 150)
      for (let at = 0; at < good.length; at += step) {
        const bytes = good.slice()
        bytes[at] = bytes[at]! ^ 0xff
        const source = new MemorySource(name, bytes)
        try {
          await collect([readDocuments(source, { ids, ...asIds, onError: 'skip' })])
        } catch (error) {
          expect(error).toMatchObject({ name: 'CorpusError' })
        }
      }
    },
  )
})

describe('lists of ids in JSON lines', () => {
  const text =
    '{"input_ids":[1,2]}\n[3,4,5]\n{"input_ids":[]}\n{"input_ids":null}\n{"x":1}\n{"input_ids":[1,-1]}\n{"input_ids":[1.5]}\n{"input_ids":["1"]}\n{"input_ids":[9007199254740993]}\n{"input_ids":[6]}\n'
  const source = new MemorySource('a.jsonl', Buffer.from(text))

  test('are documents; what is none is counted by reason', async () => {
    const { documents, problems } = await readAll(source, { ids, onError: 'skip' })
    expect(documents.map((document) => document.text)).toEqual(['1 2 ', '3 4 5 ', '6 '])
    expect(problems).toMatchObject({
      'empty-document': { count: 1 },
      'missing-field': { count: 2 },
      'invalid-ids': { count: 4 },
    })
  })

  test('are an error with the place otherwise', async () => {
    const lines = new MemorySource('a.jsonl', Buffer.from('{"t":[1,50000]}\n'))
    const reading = collect([readDocuments(lines, { ids, ...asIds, field: 't' })])
    await expect(reading).rejects.toThrow(
      'a.jsonl: the list holds 50000 at its index 1, not an id below 50000',
    )
  })
})

const dtypes = { uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array } as const
const endings = { uint16: 'u16', uint32: 'u32', int32: 'i32' } as const

describe('flat files', () => {
  test('give their ids as one document, or as those that an id ends, for any widths and segments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('uint16', 'uint32', 'int32'),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (dtype, list, endId, sizes, targetBytes) => {
          const { buffer } = dtypes[dtype].from(list)
          const source = new MemorySource(`a.${endings[dtype]}`, new Uint8Array(buffer), sizes)
          const format = await detectFormat(source, asIds)
          expect(format).toEqual({ format: `ids-${dtype}`, compression: 'none' })
          const end = endId === undefined ? {} : { endId }
          const segments = await planSegments(source, format, { targetBytes, ...end })
          const { documents } = await collectSegments(source, format, segments, {
            ids: { vocabSize: 6, ...end },
          })

          const width = dtype === 'uint16' ? 2 : 4
          const expected: Collected[] = []
          let from = 0
          for (let at = 0; at <= list.length; at++) {
            if (at < list.length && list[at] !== endId) continue
            if (at > from)
              expected.push({ text: shown(list.slice(from, at)), start: from * width, end: at * width })
            from = at + 1
          }
          expect(documents).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('are read compressed, by their name', async () => {
    const bytes = gzipSync(new Uint8Array(Uint16Array.of(1, 2, 3).buffer))
    const source = new MemorySource('a.u16.gz', bytes)
    expect((await collect([readDocuments(source, { ids, ...asIds })]))[0]!.text).toBe('1 2 3 ')
  })

  test('may begin as another format does', async () => {
    // 1f 8b 08 00: gzip; "PAR1": Parquet.
    for (const head of [[0x1f, 0x8b, 8, 0], [...Buffer.from('PAR1')]]) {
      const source = new MemorySource('train.bin', Uint8Array.from(head))
      const options = { ids: { vocabSize: 65_536 }, format: 'ids', idDtype: 'uint16' } as const
      const [document] = await collect([readDocuments(source, options)])
      expect(document!.text).toBe(shown(new Uint16Array(Uint8Array.from(head).buffer)))
    }
  })

  test('say where an id is outside the vocabulary', async () => {
    const bytes = new Uint8Array(Int32Array.of(1, 2, -3, 4).buffer)
    const source = new MemorySource('a.i32', bytes, [5])
    const reading = collect([readDocuments(source, { ids, ...asIds, onError: 'skip' })])
    await expect(reading).rejects.toThrow('a.i32: expected ids below 50000, got -3 at index 2 (byte 8)')
  })

  test('that end within an id are damaged', async () => {
    const source = new MemorySource('a.u32', new Uint8Array(7))
    await expect(planSegments(source, { format: 'ids-uint32', compression: 'none' })).rejects.toThrow(
      'has 7 bytes, expected ids of 4 bytes each',
    )
    await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toThrow('ends with 3 bytes')
  })
})

describe('arrays of NumPy', () => {
  const vector = readdirSync(folder).filter((name) => name.startsWith('vector-'))

  test.each(vector)('%s is one document', async (name) => {
    const source = new MemorySource(name, read(name), [50, 3])
    const { documents } = await readAll(source, { ids })
    expect(documents.map(({ text }) => text)).toEqual([shown(arrays['vector % 100'])])
    const zipped = new MemorySource(`${name}.gz`, gzipSync(read(name)))
    expect((await collect([readDocuments(zipped, { ids, ...asIds })]))[0]!.text).toBe(documents[0]!.text)
  })

  test('a vector falls apart at the id that ends documents', async () => {
    const endId = arrays.vector[3]!
    const source = new MemorySource('a.npy', read('version-2.npy'), [50, 3])
    const { documents } = await readAll(source, { ids: { ...ids, endId } })
    const parts = arrays.vector.join(' ').split(new RegExp(`\\b${endId}\\b`))
    expect(documents.map(({ text }) => text.trim())).toEqual(parts.map((part) => part.trim()).filter(Boolean))
  })

  test('each row of a matrix is a document', async () => {
    const source = new MemorySource('matrix.npy', read('matrix.npy'), [50, 3])
    const { documents } = await readAll(source, { ids })
    expect(documents.length).toBe(70)
    expect(documents.map(({ text }) => text).join('')).toBe(shown(arrays.vector))
    expect(documents[1]).toMatchObject({ start: 128 + 40, end: 128 + 80 })
  })

  test.each([
    ['fortran.npy', 'is in Fortran order'],
    ['big-endian.npy', 'holds ">u2", expected little-endian integers'],
    ['float.npy', 'holds "<f4", expected little-endian integers'],
    ['cube.npy', 'has the shape [7, 10, 10], expected one dimension'],
    ['empty-rows.npy', 'has the shape [5, 0], rows without ids'],
  ])('%s is refused with the reason', async (name, message) => {
    const source = new MemorySource(name, read(name))
    await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toThrow(message)
  })

  const header = (text: string, length = text.length): Uint8Array => {
    const bytes = Buffer.from(`\u0093NUMPY\u0001\u0000  ${text}`, 'latin1')
    bytes.writeUInt16LE(length, 8)
    return bytes
  }

  test.each<[string, Uint8Array, string]>([
    [
      'a shape beyond the file',
      header("{'descr': '<u2', 'fortran_order': False, 'shape': (10,), }"),
      'which takes 20 bytes, but 0 follow',
    ],
    [
      'a shape beyond all numbers',
      header("{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999999999999,), }"),
      'but 0 follow',
    ],
    [
      'rows without end',
      header("{'descr': '<u2', 'fortran_order': False, 'shape': (999999999999, 0), }"),
      'rows without ids',
    ],
    ['a header beyond the file', header('{}', 60_000), 'has a header that is cut'],
    ['a header that says nothing', header('{}'), 'without a plain descr'],
    [
      'another version',
      Buffer.from('\u0093NUMPY\u0009\u0000  {}          ', 'latin1'),
      'is no .npy file of version 1 to 3',
    ],
  ])('%s', async (_, bytes, message) => {
    const source = new MemorySource('a.npy', bytes)
    await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toThrow(message)
    await expect(planSegments(source, { format: 'npy', compression: 'none' })).rejects.toThrow(message)
  })

  test('a compressed array that ends early or late is damaged', async () => {
    for (const bytes of [
      read('vector-u2.npy').slice(0, -2),
      Buffer.concat([read('vector-u2.npy'), Buffer.of(1, 0)]),
    ]) {
      const source = new MemorySource('a.npy.gz', gzipSync(bytes))
      await expect(collect([readDocuments(source, { ids, ...asIds })])).rejects.toMatchObject({
        code: 'broken-file',
      })
    }
  })
})

describe('what is not said', () => {
  test.each([
    ['a.bin', { format: 'ids' }, /a\.bin: does not say how it holds ids.*`idDtype`/],
    ['a.txt', { format: 'ids' }, /a\.txt: is named \.txt, which holds no ids/],
    ['a.npy', { format: 'ids' }, /a\.npy: is named \.npy but its content is not/],
    ['a.u16', {}, /a\.u16: holds ids in place of a text; `format: ids`/],
  ] as const)('%s as %o is an error that says what to do', async (name, override, message) => {
    await expect(detectFormat(new MemorySource(name, new Uint8Array(8)), override)).rejects.toThrow(message)
  })

  test('an array is no text, and a text holds no ids', async () => {
    await expect(detectFormat(new MemorySource('a', read('matrix.npy')))).rejects.toThrow(
      '`format: ids` reads them',
    )
    const text = new MemorySource('a.txt', Buffer.from('text'))
    const reading = () =>
      readSegment(text, { format: 'txt', compression: 'none' }, { kind: 'whole' }, { ids })
    expect(reading).toThrow('txt holds no ids')
    await expect(readDocuments(text, { ids: { vocabSize: 0 } }).next()).rejects.toThrow('ids.vocabSize')
  })
})
