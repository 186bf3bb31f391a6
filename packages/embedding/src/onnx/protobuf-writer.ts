/** Writes the protobuf wire format: just what an ONNX model of a few nodes needs. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []

  /** A whole number (wire type 0); 0 is written too, because proto2 tells it from absent. Negative ones take ten bytes. */
  integer(field: number, value: number): this {
    this.#varint(field * 8)
    if (value < 0) this.#chunks.push(negativeVarint(value))
    else this.#varint(value)
    return this
  }

  /** A float32 (wire type 5). */
  float(field: number, value: number): this {
    this.#varint(field * 8 + 5)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#chunks.push(bytes)
    return this
  }

  string(field: number, value: string): this {
    return this.#bytes(field, new TextEncoder().encode(value))
  }

  /** A nested message, written by `fill`. */
  message(field: number, fill: (writer: ProtobufWriter) => void): this {
    const nested = new ProtobufWriter()
    fill(nested)
    return this.#bytes(field, nested.finish())
  }

  finish(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#chunks))
  }

  #bytes(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + 2)
    this.#varint(bytes.length)
    this.#chunks.push(bytes)
    return this
  }

  #varint(value: number): void {
    const bytes: number[] = []
    let rest = value
    while (rest >= 128) {
      bytes.push((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
    this.#chunks.push(Uint8Array.from(bytes))
  }
}

/** A negative number as the varint of its 64-bit two's complement. */
function negativeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(10)
  let rest = BigInt.asUintN(64, BigInt(value))
  for (let i = 0; i < 10; i++, rest >>= 7n) bytes[i] = Number(rest & 127n) | (i < 9 ? 128 : 0)
  return bytes
}
