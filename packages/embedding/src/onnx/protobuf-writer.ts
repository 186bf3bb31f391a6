/** Writes the protobuf wire format: just what an ONNX model of a few nodes needs. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []

  /** A whole number of 0 or more (wire type 0); 0 is written too, because proto2 tells it from absent. */
  integer(field: number, value: number): this {
    this.#varint(field * 8)
    this.#varint(value)
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
