const lzma2 = 0x21
const streamHeaderBytes = 12

/**
 * Reads how large a dictionary the first block of an .xz stream needs (.xz file format 1.2.0, section 3.1): the
 * decompressor allocates it. Returns 0 where the header says nothing that can be read; decompressing finds the fault.
 */
export function xzDictionaryBytes(head: Uint8Array): number {
  const end = streamHeaderBytes + ((head[streamHeaderBytes] ?? 0) + 1) * 4
  const flags = head[streamHeaderBytes + 1]
  if (flags === undefined || head.length < end) return 0
  let at = streamHeaderBytes + 2
  const number = (): number => {
    let value = 0
    for (let k = 0; k < 9; k++) {
      const byte = head[at++] ?? 0
      value += (byte & 0x7f) * 2 ** (7 * k)
      if (byte < 0x80) return value
    }
    return value
  }
  if ((flags & 0x40) !== 0) number()
  if ((flags & 0x80) !== 0) number()
  for (let filters = (flags & 3) + 1; filters > 0 && at < end; filters--) {
    const filter = number()
    const properties = number()
    if (filter === lzma2) return dictionaryOf(head[at] ?? 0)
    at += properties
  }
  return 0
}

/** A dictionary's size in one byte: 2 or 3 times a power of two. */
function dictionaryOf(byte: number): number {
  const bits = byte & 0x3f
  return bits === 40 ? 2 ** 32 - 1 : (2 + (bits & 1)) * 2 ** ((bits >> 1) + 11)
}
