import { sumsKernel } from '../wasm/sums-kernel.ts'

/** Ids as wide as rows hold them; int32 where vectors are made of them. */
export type Ids = Int32Array | Uint16Array

/** Ids that follow each other, and the bytes of their texts summed up. */
export interface IdSums {
  /** To be filled by the caller. */
  readonly ids: Ids
  /** Of each id that was summed, the bytes from the first one's beginning to its end. */
  readonly sums: Int32Array | Float64Array
  /** Sums up ids `[from, to)`, from 0 on. Returns the last sum. */
  sumUp(from: number, to: number): number
  /** The highest of the first `count` ids, as a number without a sign; 0 of none. */
  highest(count: number): number
}

/** What {@link createIdSums} is given. */
export interface IdSumsOptions {
  /** The most ids at a time. */
  readonly count: number
  /** Ids of two bytes. */
  readonly isNarrow: boolean
  /** Bytes of each id's text; what is not in it counts none. */
  readonly tokenByteLengths: Uint16Array
}

/** Memory for ids and their sums, in that of a WebAssembly kernel, wherever sums fit 32 bits. */
export function createIdSums(options: IdSumsOptions): IdSums {
  const { count, tokenByteLengths } = options
  // Where a source holds ids in place of text, each has up to 8 bytes.
  const longest = tokenByteLengths.reduce((most, length) => Math.max(most, length), 8)
  return count * longest < 2 ** 31 ? kernelSums(options) : plainSums(options)
}

/** The obvious version, for sums of any size. */
export function plainSums({ count, isNarrow, tokenByteLengths }: IdSumsOptions): IdSums {
  const ids = isNarrow ? new Uint16Array(count) : new Int32Array(count)
  const sums = new Float64Array(count)
  return {
    ...{ ids, sums },
    sumUp(from, to) {
      let sum = 0
      for (let at = from; at < to; at++) {
        sum += tokenByteLengths[ids[at]!] ?? 0
        sums[at] = sum
      }
      return sum
    },
    highest: (of) => Array.from(ids.subarray(0, of)).reduce((most, id) => Math.max(most, id >>> 0), 0),
  }
}

/** All ids of a run come by here: a loop in JavaScript takes three times as long, or more where it is compiled into its caller. */
function kernelSums({ count, isNarrow, tokenByteLengths }: IdSumsOptions): IdSums {
  const size = tokenByteLengths.length
  // What is no id has no bytes.
  const sumsAt = alignedTo64(2 * (size + 1))
  const idsAt = alignedTo64(sumsAt + 4 * count)
  const { memory, ...kernel } = sumsKernel(idsAt + 4 * count)
  const { buffer } = memory
  new Uint16Array(buffer, 0, size).set(tokenByteLengths)
  const ids = isNarrow ? new Uint16Array(buffer, idsAt, count) : new Int32Array(buffer, idsAt, count)
  const [sum, highest, idBytes] = isNarrow
    ? [kernel.sumNarrow, kernel.highestNarrow, 2]
    : [kernel.sumWide, kernel.highestWide, 4]
  return {
    ids,
    sums: new Int32Array(buffer, sumsAt, count),
    sumUp: (from, to) => sum(idsAt + idBytes * from, to - from, 0, size, sumsAt + 4 * from),
    highest: (idCount) => highest(idsAt, idCount) >>> 0,
  }
}

function alignedTo64(byteLength: number): number {
  return Math.ceil(byteLength / 64) * 64
}
