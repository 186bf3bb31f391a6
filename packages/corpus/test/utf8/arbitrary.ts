import * as fc from 'fast-check'

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Buffer.from(text, 'utf8')),
  fc
    .constantFrom('é', '€', '😀', '\ufeff', '\u07ff', '\u0800', '\uffff', 'a b')
    .map((text) => Buffer.from(text)),
  // Leads, continuations and bytes that never occur, at the borders of the table of well-formed sequences.
  fc
    .array(
      fc.constantFrom(
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xe1,
        0xed,
        0xef,
        0xf0,
        0xf1,
        0xf4,
        0xf5,
        0xff,
      ),
      { maxLength: 5 },
    )
    .map((bytes) => Buffer.from(bytes)),
)

/** Bytes that are UTF-8 in part. */
export const nearlyUtf8: fc.Arbitrary<Uint8Array> = fc
  .array(piece, { maxLength: 12 })
  .map((pieces) => new Uint8Array(Buffer.concat(pieces)))

/** Sizes to cut chunks by, used over and over. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 9 }), {
  minLength: 1,
  maxLength: 6,
})

/** Cuts bytes into chunks of the given sizes, in turn. */
export function chunked(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const size = sizes[k % sizes.length]!
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}
