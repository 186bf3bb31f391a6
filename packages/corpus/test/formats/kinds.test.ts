import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { detectFormat } from '../../src/detect/detect-format.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { readDocuments, readSegment } from '../../src/segments/read-segment.ts'
import { collect } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'

interface Table {
  readonly texts: readonly (string | null)[]
  readonly ids: readonly string[]
  readonly field?: string
}

const folder = join(import.meta.dirname, '../fixtures')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, 'kinds', name)))
const kinds: Readonly<Record<string, Table | { readonly plain: string | null }>> = JSON.parse(
  readFileSync(join(folder, 'kinds.json'), 'utf8'),
)

for (const [name, table] of Object.entries(kinds)) {
  if (!('texts' in table)) continue
  test(`${name}: the text and a kept column are what pyarrow wrote, whatever lies beside them`, async () => {
    const options = { field: table.field ?? 'text', keep: ['id'], onError: 'skip' } as const
    const expected = table.texts.flatMap((text, row) => (text ? [{ text, start: row, end: row + 1 }] : []))
    const ids = table.texts.flatMap((text, row) => (text ? [[table.ids[row]]] : []))
    const source = new MemorySource(name, read(name), [100])
    const format = await detectFormat(source)
    for (const targetBytes of [1, 2 ** 30]) {
      const kept: unknown[] = []
      const segments = await planSegments(source, format, { targetBytes })
      for (const segment of segments)
        for await (const batch of readSegment(source, format, segment, options))
          for (const event of batch) if (event.kind === 'start') kept.push(event.kept)
      expect(kept).toStrictEqual(ids)
      const streams = segments.map((segment) => readSegment(source, format, segment, options))
      expect(await collect(streams)).toStrictEqual(expected)
    }
    if (name.endsWith('.parquet')) return
    const piped = new MemorySource(name, read(name), [37], false)
    expect(await collect([readDocuments(piped, options)])).toStrictEqual(expected)
  })
}

for (const [name, reference] of Object.entries(kinds)) {
  if (!('plain' in reference)) continue
  const what = reference.plain === null ? 'is refused as' : 'gives what'
  test(`${name} ${what} the reference reader ${reference.plain === null ? 'does' : 'gives'}`, async () => {
    const bytes = read(name)
    for (const size of [1, 2, 3, 7, 64, bytes.length]) {
      const source = new MemorySource(`a.jsonl.${name.split('.').at(-1)}`, bytes, [size])
      const reading = collect([readDocuments(source)])
      if (reference.plain === null) await expect(reading).rejects.toMatchObject({ code: 'broken-file' })
      else {
        const lines = reference.plain.trim().split('\n')
        const texts = lines.map((line): unknown => Reflect.get(JSON.parse(line), 'text'))
        expect((await reading).map(({ text }) => text)).toStrictEqual(texts)
      }
    }
  })
}

test('a column that cannot be read as text or kept is refused by its type', async () => {
  for (const name of ['beside-utf8.arrow', 'beside-utf8-stream.arrow']) {
    const source = new MemorySource(name, read(name))
    await expect(
      collect([readDocuments(source, { field: 'list_view', onError: 'skip' })]),
    ).rejects.toMatchObject({
      code: 'missing-field',
      message: `${name}: column "list_view" holds Arrow's type list-view, not text`,
    })
    await expect(
      collect([readDocuments(source, { keep: ['interval'], onError: 'skip' })]),
    ).rejects.toMatchObject({ code: 'missing-field', message: expect.stringContaining('type interval') })
    await expect(collect([readDocuments(source, { keep: ['url'], onError: 'skip' })])).rejects.toMatchObject({
      code: 'missing-field',
      message: expect.stringContaining('set `keep` to one of'),
    })
  }
})

test('kept values of every plain type are texts', async () => {
  const source = new MemorySource('beside-utf8.arrow', read('beside-utf8.arrow'))
  const keep = ['bool', 'i8', 'u64', 'f64', 'utf8_view', 'dictionary', 'struct.n', 'null']
  const kept: unknown[] = []
  for await (const batch of readDocuments(source, { keep, onError: 'skip' }))
    for (const event of batch) if (event.kind === 'start') kept.push(event.kept)
  expect(kept).toStrictEqual([
    ['true', '0', '18446744073709551615', '0.5', 'short', 'd', '0', null],
    [null, '2', '18446744073709551615', '0.5', null, 'd', null, null],
    ['true', '3', '18446744073709551615', '0.5', 'y'.repeat(13), null, '3', null],
  ])
})
