import { fillNormal, type NormalOptions } from './normal.ts'

/** Values of a piece: a multiple of the 16 that are drawn together. */
const pieceLength = 1 << 18
const block = 16

/**
 * The values that {@link fillNormal} would put into one float32 array of `length`, in pieces: for tensors that are written
 * down and need not be in memory as a whole.
 *
 * @returns Views of one array, each good until the next is asked for; together `length` values.
 * @throws TorchRandomError `invalid-argument` for a negative or NaN `std`.
 */
export function* normalPieces(
  length: number,
  options: NormalOptions,
): Generator<Float32Array<ArrayBuffer>, void, undefined> {
  const memory = new Float32Array(Math.min(length, pieceLength + block - 1))
  let rest = length
  // The last piece holds a whole block at least: a short one at the end is drawn again with what stands before it.
  for (; rest >= pieceLength + block; rest -= pieceLength) {
    const piece = memory.subarray(0, pieceLength)
    fillNormal(piece, options)
    yield piece
  }
  if (rest === 0) return
  const piece = memory.subarray(0, rest)
  fillNormal(piece, options)
  yield piece
}
