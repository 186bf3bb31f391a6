import { TokenizerError } from '../../errors.ts'

/** One field of a Protocol Buffers message: a number, or the bytes of a string or of a message. */
export type Field = readonly [number: number, value: number | Uint8Array]

/**
 * Reads the fields of a message in the Protocol Buffers wire format: varints to 2^53, 32-bit floats, and lengths with bytes. Fields of
 * other wire types are passed over.
 *
 * @throws TokenizerError `invalid-vocabulary` for bytes that are not a message
 */
export function* readFields(bytes: Uint8Array): Generator<Field, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0

  function varint(): number {
    let value = 0
    for (let shift = 1; shift < 2 ** 64; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * shift
      if (byte < 0x80) return value
    }
    return fail()
  }

  while (at < bytes.length) {
    const key = varint()
    const number = Math.floor(key / 8)
    switch (key % 8) {
      case 0:
        yield [number, varint()]
        break
      case 1:
        at += 8
        break
      case 2: {
        const length = varint()
        if (length > bytes.length - at) fail()
        yield [number, bytes.subarray(at, at + length)]
        at += length
        break
      }
      case 5:
        if (at + 4 > bytes.length) fail()
        yield [number, view.getFloat32(at, true)]
        at += 4
        break
      case 3:
      case 4:
      case 6:
      case 7:
        fail()
    }
  }
  if (at > bytes.length) fail()
}

function fail(): never {
  throw new TokenizerError(
    'invalid-vocabulary',
    'Expected a SentencePiece model in the Protocol Buffers format, got other bytes: take the file as it was trained',
  )
}
