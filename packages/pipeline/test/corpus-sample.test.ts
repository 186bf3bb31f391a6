import { readFileSync, statSync } from 'node:fs'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { CorpusSample } from '../src/index.ts'

/** A document of little-endian uint32 ids. */
function ids(...list: readonly number[]): { readonly kind: 'ids'; readonly bytes: Buffer } {
  return { kind: 'ids', bytes: Buffer.from(Uint32Array.from(list).buffer) }
}

function text(content: string): { readonly kind: 'text'; readonly bytes: Buffer } {
  return { kind: 'text', bytes: Buffer.from(content) }
}

test('of long texts the beginnings are written, of records some, whole and spread', async () => {
  const texts = new CorpusSample()
  for (const letter of ['a', 'b']) texts.add(text(letter.repeat(1 << 17)))
  const ofTexts = await texts.write(temporaryFolder(), 1 << 16)
  expect(ofTexts.format).toBe('txt')
  expect(readFileSync(ofTexts.path, 'utf8')).toBe('a'.repeat(1 << 15) + 'b'.repeat(1 << 15))

  const records = new CorpusSample()
  for (let index = 0; index < 1000; index++) records.add(text(`record ${index}\n`))
  const ofRecords = await records.write(temporaryFolder(), records.byteLength / 10)
  const lines = readFileSync(ofRecords.path, 'utf8').trimEnd().split('\n')
  const numbers = lines.map((line) => Number(/\d+/u.exec((JSON.parse(line) as { text: string }).text)))
  expect(ofRecords.format).toBe('jsonl')
  expect(Math.abs(lines.length - 100)).toBeLessThan(10)
  expect(numbers.filter((number) => number < 500).length / numbers.length).toBeCloseTo(0.5, 1)
})

test('ids are written as a flat file, each document with the id that ends it', async () => {
  const sample = new CorpusSample(9)
  sample.add(ids(1, 2, 3))
  sample.add(ids(4))
  const { path, format } = await sample.write(temporaryFolder(), sample.byteLength)
  expect({ format, name: path.endsWith('.u32') }).toEqual({ format: 'ids', name: true })
  expect(readFileSync(path)).toEqual(ids(1, 2, 3, 9, 4, 9).bytes)

  const half = await sample.write(temporaryFolder(), 5)
  // Whole ids, and of each document some.
  expect(statSync(half.path).size % 4).toBe(0)
  expect(readFileSync(half.path)).toEqual(ids(1, 9, 4, 9).bytes)
})
