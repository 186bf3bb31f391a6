import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { replacementCharacter, Utf8Gate } from '../../src/utf8/utf8-gate.ts'
import { chunked, chunkSizes, nearlyUtf8 } from './arbitrary.ts'

function pass(
  chunks: readonly Uint8Array[],
  substitute: Uint8Array,
): { text: Buffer; faults: [number, number][] } {
  const faults: [number, number][] = []
  const gate = new Utf8Gate(substitute, (at, length) => faults.push([at, length]))
  const pieces = [...chunks.flatMap((chunk) => gate.push(chunk)), ...gate.end()]
  for (const piece of pieces) new TextDecoder('utf-8', { fatal: true }).decode(piece)
  return { text: Buffer.concat(pieces), faults }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

test('the gate replaces exactly what TextDecoder replaces, whatever the chunks', () => {
  fc.assert(
    fc.property(nearlyUtf8, chunkSizes, (bytes, sizes) => {
      const { text } = pass(chunked(bytes, sizes), replacementCharacter)
      expect(text.toString('utf8')).toBe(decoder.decode(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('faults do not depend on the chunks, and removing them leaves what TextDecoder did not replace', () => {
  fc.assert(
    fc.property(nearlyUtf8, chunkSizes, (bytes, sizes) => {
      const removed = pass(chunked(bytes, sizes), new Uint8Array(0))
      expect(removed.faults).toStrictEqual(pass([bytes], replacementCharacter).faults)
      const kept: number[] = []
      const gone = new Set(removed.faults.flatMap(([at, length]) => Array.from({ length }, (_, k) => at + k)))
      bytes.forEach((byte, at) => gone.has(at) || kept.push(byte))
      expect([...removed.text]).toStrictEqual(kept)
    }),
    { numRuns: 1000 },
  )
})

/** The byte at which a fatal decoder fed byte by byte gives up, the length for an unfinished end, or -1. */
function firstFailure(bytes: Uint8Array): number {
  const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let at = 0
  try {
    for (; at < bytes.length; at++) fatal.decode(bytes.subarray(at, at + 1), { stream: true })
    fatal.decode()
    return -1
  } catch {
    return at
  }
}

test('the first fault is where a fatal decoder of every prefix first fails', () => {
  fc.assert(
    fc.property(nearlyUtf8, (bytes) => {
      const { faults } = pass([bytes], replacementCharacter)
      const failedAt = firstFailure(bytes)
      const [at, length] = faults[0] ?? [-1, 0]
      // The decoder fails at the byte after the maximal subpart, or at a byte that can begin nothing.
      expect([at, at + length]).toContain(failedAt)
    }),
    { numRuns: 1000 },
  )
})

test('a byte order mark is text', () => {
  expect(
    pass([Uint8Array.of(0xef, 0xbb), Uint8Array.of(0xbf, 0x61)], replacementCharacter).text,
  ).toStrictEqual(Buffer.of(0xef, 0xbb, 0xbf, 0x61))
})

test('a clean chunk is passed on without a copy', () => {
  const chunk = new TextEncoder().encode('größer')
  const [piece] = new Utf8Gate(replacementCharacter, () => {}).push(chunk)
  expect(piece?.buffer).toBe(chunk.buffer)
})

test('the gate replaces and removes what Python does', async () => {
  const path = new URL('../fixtures/utf8-python-3.11.json', import.meta.url)
  const cases: readonly (readonly [string, string, string])[] = JSON.parse(await readFile(path, 'utf8'))
  for (const [bytes, replaced, removed] of cases) {
    const mine = [replacementCharacter, new Uint8Array(0)].map((s) =>
      pass([Buffer.from(bytes, 'hex')], s).text.toString('hex'),
    )
    expect(mine).toStrictEqual([replaced, removed])
  }
})
