import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OnError, ReadOptions } from '../../src/documents/read-options.ts'
import { planSegments } from '../../src/segments/plan-segments.ts'
import { readSegment } from '../../src/segments/read-segment.ts'
import { collectSegments } from '../collect.ts'
import { MemorySource } from '../memory-source.ts'
import { chunkSizes, nearlyUtf8 } from '../utf8/arbitrary.ts'

const txt = { format: 'txt', compression: 'none' } as const

/** Rule W of byte-level BPE: before a space or tab that follows a printable ASCII byte other than a space. */
function ruleW(bytes: Uint8Array, near: number): number {
  for (let at = Math.max(near, 1); at < bytes.length; at++) {
    const before = bytes[at - 1]!
    if ((bytes[at] === 0x20 || bytes[at] === 0x09) && before >= 0x21 && before <= 0x7e) return at
  }
  return -1
}

test('texts with invalid bytes are the same in one piece and in segments, under every policy', async () => {
  const words = fc.array(
    fc.oneof(
      nearlyUtf8,
      fc.constantFrom('a b', ' ', 'x\ty ').map((text) => Buffer.from(text)),
    ),
    { minLength: 1, maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(
      words,
      chunkSizes,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom<OnError>('skip', 'replace'),
      async (parts, sizes, targetBytes, onError) => {
        const bytes = Buffer.concat(parts)
        fc.pre(bytes.length > 0)
        const source = new MemorySource('a.txt', bytes, sizes)
        const options: ReadOptions = { onError }
        const whole = await collectSegments(source, txt, [{ kind: 'whole' }], options)
        const segments = await planSegments(source, txt, { targetBytes, findSafeCut: ruleW })
        expect(await collectSegments(source, txt, segments, options)).toStrictEqual(whole)
      },
    ),
    { numRuns: 500 },
  )
})

test('a cut is shown only well-formed bytes around it, and is the first safe one after each target', async () => {
  const text = 'alpha beta gamma delta epsilon '.repeat(20_000)
  const bytes = Buffer.from(text)
  bytes[131_072] = 0xff
  const source = new MemorySource('a.txt', bytes)
  const seen: Uint8Array[] = []
  const segments = await planSegments(source, txt, {
    targetBytes: 1 << 17,
    findSafeCut: (window, near) => {
      seen.push(window)
      return ruleW(window, near)
    },
  })
  for (const window of seen) new TextDecoder('utf-8', { fatal: true }).decode(window)
  const cuts = segments.slice(1).map((segment) => (segment.kind === 'bytes' ? segment.start : -1))
  const expected = [1, 2, 3, 4].map((k) => ruleW(bytes, k * (1 << 17) + (k === 1 ? 1 : 0)))
  expect(cuts).toStrictEqual(expected)
  expect(seen.every((window) => window.length <= 1 << 16)).toBe(true)
})

test('where nothing is safe the segment grows, and reading looks no further than it must', async () => {
  const bytes = Buffer.alloc(1_000_000, 'x')
  bytes[700_000] = 0x20
  const source = new MemorySource('a.txt', bytes)
  const options = { targetBytes: 100_000, findSafeCut: ruleW }
  expect(await planSegments(source, txt, options)).toStrictEqual([
    { kind: 'bytes', start: 0, end: 700_000 },
    { kind: 'bytes', start: 700_000, end: 1_000_000 },
  ])
  expect(await planSegments(new MemorySource('a.txt', bytes.fill('x')), txt, options)).toStrictEqual([
    { kind: 'bytes', start: 0, end: 1_000_000 },
  ])
  expect(await planSegments(source, txt)).toStrictEqual([{ kind: 'whole' }])
})

test('a function that returns no index in the window is refused', async () => {
  const source = new MemorySource('a.txt', Buffer.from('some text here'))
  for (const cut of [0, 14, 2.5, Number.NaN]) {
    await expect(planSegments(source, txt, { targetBytes: 5, findSafeCut: () => cut })).rejects.toMatchObject(
      { code: 'invalid-options' },
    )
  }
})

test('a segment in the middle says that its document began before and continues', async () => {
  const source = new MemorySource('a.txt', Buffer.from('one two three'))
  const marks: unknown[] = []
  for await (const batch of readSegment(source, txt, { kind: 'bytes', start: 3, end: 7 })) {
    for (const event of batch)
      marks.push(event.kind === 'bytes' ? Buffer.from(event.bytes).toString() : event)
  }
  expect(marks).toStrictEqual([
    { kind: 'start', position: 3, continued: true },
    ' two',
    { kind: 'end', position: 7, continues: true },
  ])
})
