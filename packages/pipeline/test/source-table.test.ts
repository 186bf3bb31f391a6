import { mostInlineRows, makeSourceList } from '@sluice/dataset'
import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import type { PlannedSource } from '../src/index.ts'
import { byteLengthOf, sourcesOf, SourceTableBuilder } from '../src/sources/source-table.ts'

/** Names of files: any bytes, those that are no UTF-8 as half surrogates. */
const names = ['a.txt', 'ünï/日本語.txt', '', '\udcff".txt', '🙂.jsonl', 'x\0y', '\udc80']

function drawSources(count: number): readonly PlannedSource[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${index}${names[index % names.length]}`,
    byteLength: index % 5 === 0 ? 2 ** 40 + index : index,
    sha256: index.toString(16).padStart(64, '0'),
    format: index % 3 === 0 ? 'jsonl' : 'txt',
    compression: index % 4 === 0 ? 'zstd' : 'none',
  }))
}

test.each([1, mostInlineRows, mostInlineRows + 1, 20_000])(
  'a table of %i sources that were set in any order is their list',
  (count) => {
    const sources = drawSources(count)
    const builder = new SourceTableBuilder(count)
    const random = seededRandom(count)
    const order = sources.map((_, index) => [random(), index] as const).toSorted(([a], [b]) => a - b)
    for (const [, index] of order) {
      expect(builder.has(index)).toBe(false)
      builder.set(index, sources[index]!.name, sources[index]!)
      expect(builder.has(index)).toBe(true)
    }
    const table = builder.finish()
    expect(table.length).toBe(count)
    expect(sourcesOf(table)).toEqual(sources)
    expect(table.at(count - 1)?.name).toBe(sources.at(-1)!.name)
    expect(table.at(count)).toBeUndefined()
    expect(byteLengthOf(table)).toBe(sources.reduce((sum, { byteLength }) => sum + byteLength, 0))
    expect(makeSourceList(table)).toEqual(makeSourceList(sources))
  },
)

test('a plan of few sources holds them as plain data', () => {
  const sources = drawSources(3)
  const builder = new SourceTableBuilder(3)
  for (const [index, source] of sources.entries()) builder.set(index, source.name, source)
  expect(JSON.parse(JSON.stringify(builder.finish()))).toEqual(JSON.parse(JSON.stringify(sources)))
})
