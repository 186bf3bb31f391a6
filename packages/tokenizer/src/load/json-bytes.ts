/** Thrown by {@link JsonBytes}: the bytes are not what it reads. Whoever reads them as a whole can say what they are. */
export class NotSkimmable extends Error {}

const byteOf = (char: string): number => char.charCodeAt(0)
const quote = byteOf('"')
const backslash = byteOf('\\')
const firstDigit = byteOf('0')
const openBrace = byteOf('{')
const closeBrace = byteOf('}')
const openBracket = byteOf('[')
const closeBracket = byteOf(']')
const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What {@link JsonBytes.string} found: the bytes between the quotes, with escapes or without. */
export interface JsonString {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/**
 * Reads JSON where it lies, without making strings and objects of it. Nothing is repaired: what is not expected is thrown as
 * {@link NotSkimmable}, and what {@link skipValue} passes over is not checked.
 */
export class JsonBytes {
  readonly bytes: Uint8Array
  at = 0
  /** The string that {@link string} read last; reused, since there are hundreds of thousands. */
  readonly #string: { bytes: Uint8Array; start: number; end: number } = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
  }

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Passes over white space, and returns the byte after it, which stays; -1 at the end. */
  peek(): number {
    const { bytes } = this
    for (;;) {
      const byte = bytes[this.at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte ?? -1
      this.at++
    }
  }

  /** Whether `char` comes next, which is then passed over. */
  takes(char: string): boolean {
    if (this.peek() !== byteOf(char)) return false
    this.at++
    return true
  }

  expect(char: string): void {
    if (!this.takes(char)) throw new NotSkimmable()
  }

  /** A string's bytes, which are valid UTF-8, with its escapes undone; good until the next one. */
  string(): JsonString {
    this.expect('"')
    const { bytes } = this
    const start = this.at
    let at = start
    let highest = 0
    for (;;) {
      const byte = bytes[at]
      if (byte === quote) break
      if (byte === undefined || byte < 0x20) throw new NotSkimmable()
      if (byte === backslash) return this.#unescaped(start, at)
      if (byte > highest) highest = byte
      at++
    }
    this.at = at + 1
    if (highest >= 0x80) requireUtf8(bytes, start, at)
    return this.#found(bytes, start, at)
  }

  /** An integer of up to eight digits. */
  integer(): number {
    const { bytes } = this
    this.peek()
    const start = this.at
    let value = 0
    while (isDigit(bytes[this.at])) value = 10 * value + bytes[this.at++]! - firstDigit
    const length = this.at - start
    const hasZeros = length > 1 && bytes[start] === firstDigit
    if (length === 0 || length > 8 || hasZeros) throw new NotSkimmable()
    return value
  }

  /** Passes over a value. */
  skipValue(): void {
    const { bytes } = this
    const first = this.peek()
    if (first === quote) return this.#skipString()
    if (first !== openBrace && first !== openBracket) {
      while (this.at < bytes.length && !isEnd(bytes[this.at]!)) this.at++
      return
    }
    let depth = 0
    do {
      const byte = bytes[this.at]
      if (byte === undefined) throw new NotSkimmable()
      if (byte === quote) {
        this.#skipString()
        continue
      }
      if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) depth--
      this.at++
    } while (depth > 0)
  }

  #skipString(): void {
    const { bytes } = this
    this.at++
    while (bytes[this.at] !== quote) {
      if (this.at >= bytes.length) throw new NotSkimmable()
      this.at += bytes[this.at] === backslash ? 2 : 1
    }
    this.at++
  }

  #found(bytes: Uint8Array, start: number, end: number): JsonString {
    this.#string.bytes = bytes
    this.#string.start = start
    this.#string.end = end
    return this.#string
  }

  /** A string with an escape at `at`: JSON's own reader undoes it. */
  #unescaped(start: number, at: number): JsonString {
    const { bytes } = this
    while (bytes[at] !== quote) {
      if (at >= bytes.length || bytes[at]! < 0x20) throw new NotSkimmable()
      at += bytes[at] === backslash ? 2 : 1
    }
    this.at = at + 1
    let text: unknown
    try {
      text = JSON.parse(strictUtf8.decode(bytes.subarray(start - 1, at + 1)))
    } catch {
      throw new NotSkimmable()
    }
    if (typeof text !== 'string' || !text.isWellFormed()) throw new NotSkimmable()
    const own = utf8.encode(text)
    return this.#found(own, 0, own.length)
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= firstDigit && byte < firstDigit + 10
}

/** What a number, true, false and null end at. */
function isEnd(byte: number): boolean {
  return byte <= 0x20 || byte === 0x2c || byte === closeBrace || byte === closeBracket
}

function requireUtf8(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x80) continue
    // Characters of two bytes are nearly all that there is; a decoder is asked about others.
    if (byte >= 0xc2 && byte < 0xe0 && at + 1 < end && (bytes[at + 1]! & 0xc0) === 0x80) at++
    else {
      try {
        strictUtf8.decode(bytes.subarray(at, end))
        return
      } catch {
        throw new NotSkimmable()
      }
    }
  }
}
