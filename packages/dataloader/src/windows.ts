/**
 * How a token stream is cut: window `k` holds the ids at `k · stride` to `k · stride + maxLength`, its target the same
 * range one id further on.
 */
export interface WindowShape {
  /** Ids in a window. */
  readonly maxLength: number
  /** Ids from one window's start to the next one's. */
  readonly stride: number
}

/**
 * The number of windows in a stream of `tokenCount` ids: `len(range(0, tokenCount − maxLength, stride))`, as
 * `GPTDatasetV1` of "Build a Large Language Model (From Scratch)" counts them. A stream needs `maxLength + 1` ids to
 * hold one; ids after the last full window belong to none.
 */
export function countWindows(tokenCount: number, { maxLength, stride }: WindowShape): number {
  return Math.max(0, Math.ceil((tokenCount - maxLength) / stride))
}

/** The half-open range of stream positions that windows `first` to `end` read, targets included. */
export function tokenRangeOfWindows(
  first: number,
  end: number,
  { maxLength, stride }: WindowShape,
): { readonly start: number; readonly end: number } {
  const start = first * stride
  return { start, end: end > first ? (end - 1) * stride + maxLength + 1 : start }
}

/**
 * Cuts `rows` windows out of `ids`, the first one at `ids[0]`.
 *
 * @param ids int32 ids of the stream, from the first window's start, at least `(rows − 1) · stride + maxLength + 1`.
 * @param inputIds receives `[rows, maxLength]`, row-major.
 * @param targetIds receives `[rows, maxLength]`: the same windows shifted by one.
 * @throws RangeError when `ids` or a target buffer is too short.
 */
export function cutWindows(
  ids: Int32Array,
  rows: number,
  { maxLength, stride }: WindowShape,
  inputIds: Int32Array,
  targetIds: Int32Array,
): void {
  if (rows === 0) return
  const needed = (rows - 1) * stride + maxLength + 1
  if (ids.length < needed)
    throw new RangeError(`Expected ${needed} ids for ${rows} windows, got ${ids.length}`)
  const size = rows * maxLength
  if (inputIds.length < size || targetIds.length < size) {
    throw new RangeError(`Expected buffers of ${size} ids, got ${inputIds.length} and ${targetIds.length}`)
  }
  for (let row = 0; row < rows; row += 1) {
    const start = row * stride
    inputIds.set(ids.subarray(start, start + maxLength), row * maxLength)
    targetIds.set(ids.subarray(start + 1, start + maxLength + 1), row * maxLength)
  }
}
