type Searching = Pick<Uint8Array, 'indexOf'>

/** Node's `Buffer`, where there is one: its types are no part of this package's, which browsers run as well. */
const { Buffer } = globalThis as { readonly Buffer?: { readonly prototype: Searching } }

const { prototype }: { readonly prototype: Searching } = Buffer ?? Uint8Array

/**
 * Where a byte is next, from `from` on; -1 where it is not. All bytes of a corpus come by here: Node's own search compares as many at a
 * time as the processor can, V8's one by one.
 */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return prototype.indexOf.call(bytes, byte, from)
}
