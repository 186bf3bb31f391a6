import type { ByteSegment } from './segment.ts'

/** The segments between cuts. */
export function byteSegments(cuts: readonly number[], byteLength: number): ByteSegment[] {
  const borders = [0, ...cuts, byteLength]
  return borders.slice(1).map((end, k) => ({ kind: 'bytes', start: borders[k]!, end }))
}
