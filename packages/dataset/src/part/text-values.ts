/** A column of texts of n rows, as Arrow has it. */
export interface TextValues {
  /** n + 1 offsets into `bytes`, from 0. */
  readonly offsets: Int32Array
  /** The texts in UTF-8, one after the other. */
  readonly bytes: Uint8Array
  /** Bit `row % 8` of byte `row / 8` is 0 where the row has none; ceil(n / 8) bytes. */
  readonly validity: Uint8Array
}

/** The text of a row, or null. */
export function textAt({ offsets, bytes, validity }: TextValues, row: number): string | null {
  if (((validity[row >> 3]! >> (row & 7)) & 1) === 0) return null
  const { buffer, byteOffset } = bytes
  const start = offsets[row]!
  return Buffer.from(buffer, byteOffset + start, offsets[row + 1]! - start).toString()
}

/** The bytes of a row's text, or null. */
export function textBytesAt({ offsets, bytes, validity }: TextValues, row: number): Uint8Array | null {
  if (((validity[row >> 3]! >> (row & 7)) & 1) === 0) return null
  return bytes.subarray(offsets[row], offsets[row + 1])
}

/** Collects the texts of a known number of rows, in their order. */
export class TextBuilder {
  readonly #offsets: Int32Array
  readonly #validity: Uint8Array
  #bytes = new Uint8Array(1024)
  #rows = 0

  constructor(rows: number) {
    this.#offsets = new Int32Array(rows + 1)
    this.#validity = new Uint8Array(Math.ceil(rows / 8))
  }

  /** @throws RangeError where all texts together do not fit in what int32 offsets reach */
  add(text: Uint8Array | null): void {
    const row = this.#rows++
    let end = this.#offsets[row]!
    if (text !== null) {
      this.#reserve(end + text.length)
      this.#bytes.set(text, end)
      end += text.length
      this.#validity[row >> 3]! |= 1 << (row & 7)
    }
    this.#offsets[row + 1] = end
  }

  /** The texts that were added, as one column. */
  build(): TextValues {
    const byteLength = this.#offsets[this.#rows]!
    return { offsets: this.#offsets, bytes: this.#bytes.subarray(0, byteLength), validity: this.#validity }
  }

  #reserve(byteLength: number): void {
    if (byteLength <= this.#bytes.length) return
    if (byteLength > 0x7fffffff) throw new RangeError('Expected texts of less than 2 GiB in a record batch')
    const larger = new Uint8Array(Math.min(0x7fffffff, Math.max(byteLength, 2 * this.#bytes.length)))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Rows `first` to `end` of a column. */
export function sliceTexts(texts: TextValues, first: number, end: number): TextValues {
  const builder = new TextBuilder(end - first)
  for (let row = first; row < end; row++) builder.add(textBytesAt(texts, row))
  return builder.build()
}
