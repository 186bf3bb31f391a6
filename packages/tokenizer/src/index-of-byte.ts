type Searching = Pick<Uint8Array, 'indexOf'>

/** Node's `Buffer`, where there is one: its types are no part of this package's, which browsers run as well. */
const { Buffer } = globalThis as { readonly Buffer?: { readonly prototype: Searching } }

const { prototype }: { readonly prototype: Searching } = Buffer ?? Uint8Array

/** Of fewer bytes a loop is quicker than making a view. */
const fewBytes = 64

/**
 * Where a byte is next in `bytes[from, end)`; -1 where it is not. All bytes of a corpus come by here: Node's own search compares as many at a
 * time as the processor can, V8's one by one.
 */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number, end: number): number {
  if (end - from < fewBytes) {
    for (let at = from; at < end; at++) if (bytes[at] === byte) return at
    return -1
  }
  // Beyond the end nothing is looked at: ranges are many, and what is behind them may be long.
  return prototype.indexOf.call(end === bytes.length ? bytes : bytes.subarray(0, end), byte, from)
}
