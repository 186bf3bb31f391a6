import { isUtf8 } from 'node:buffer'
import { CorpusError } from '../errors.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { sequenceAt } from '../utf8/sequence.ts'

/**
 * Finds a place where a text may be cut so that its parts, tokenized each on its own, give the ids of the whole.
 *
 * @param bytes valid UTF-8 out of the middle of a text: nothing may be assumed about what comes before or after
 * @param near index where the cut is wanted
 * @returns index `p` with `0 < p < bytes.length`, the beginning of the right part, best the first one at or after `near`;
 *   -1 if `bytes` shows no such place
 */
export type FindSafeCut = (bytes: Uint8Array, near: number) => number

/** Bytes looked at for one cut, which nearly always show one; if not, longer windows follow. */
const firstWindowBytes = 1 << 12
const windowBytes = 1 << 16
/** Bytes before the goal that are shown too, and overlap of two windows: context for the rules. */
const contextBytes = 1 << 8

/** For each multiple of `targetBytes` the first safe cut found at or after it. */
export async function cutText(
  source: ByteSource,
  byteLength: number,
  targetBytes: number,
  findSafeCut: FindSafeCut,
): Promise<number[]> {
  const cuts: number[] = []
  let last = 0
  for (let goal = targetBytes; goal < byteLength;) {
    const cut = await safeCut(source, byteLength, goal, last, findSafeCut)
    if (cut === -1) break
    cuts.push(cut)
    last = cut
    goal = Math.max(goal + targetBytes, Math.ceil((cut + 1) / targetBytes) * targetBytes)
  }
  return cuts
}

/** The first safe cut in the middle of a text, -1 if there is none. */
export function firstSafeCut(bytes: Uint8Array, findSafeCut: FindSafeCut): number {
  for (const [from, to] of validRuns(bytes)) {
    const cut = findSafeCut(bytes.subarray(from, to), 0)
    if (cut > 0) return from + cut
  }
  return -1
}

async function safeCut(
  source: ByteSource,
  byteLength: number,
  goal: number,
  last: number,
  findSafeCut: FindSafeCut,
): Promise<number> {
  let length = firstWindowBytes
  for (let start = Math.max(last, goal - contextBytes); start < byteLength;) {
    const end = Math.min(start + length, byteLength)
    const bytes = await source.read(start, end)
    for (const [from, to] of validRuns(bytes)) {
      if (start + to <= goal) continue
      const near = Math.max(0, goal - start - from)
      const cut = findSafeCut(bytes.subarray(from, to), near)
      if (cut === -1) continue
      if (!Number.isInteger(cut) || cut <= 0 || cut >= to - from) throw badCut(source.name, cut, to - from)
      if (start + from + cut > last) return start + from + cut
    }
    if (end === byteLength) break
    start = end - contextBytes
    length = windowBytes
  }
  return -1
}

/**
 * Stretches of well-formed UTF-8. Repairing or removing the bytes between them changes a text there, so a cut must be
 * provable within one stretch.
 */
function* validRuns(bytes: Uint8Array): Generator<readonly [number, number], void, undefined> {
  if (isUtf8(bytes)) {
    yield [0, bytes.length]
    return
  }
  let from = 0
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at, bytes.length)
    if (length > 0) {
      at += length
      continue
    }
    if (at > from) yield [from, at]
    if (length === 0) return
    at -= length
    from = at
  }
  if (from < bytes.length) yield [from, bytes.length]
}

function badCut(source: string, got: number, length: number): CorpusError {
  const message = `expected findSafeCut to return -1 or an index between 0 and ${length}, got ${got}`
  return new CorpusError('invalid-options', message, { source })
}
