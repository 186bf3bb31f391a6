import { charAt } from '../pretokenize/char-at.ts'
import { codePointAt } from '../pretokenize/code-point.ts'
import { whiteSpace } from '../pretokenize/runs.ts'
import { isWordChar } from '../unicode/text-classes.ts'
import { indexOfByte } from '../index-of-byte.ts'

/** A string that is one token wherever it is looked for. */
export interface SpecialToken {
  readonly text: string
  readonly id: number
  /** The white space before it belongs to it. */
  readonly lstrip?: boolean
  /** The white space after it belongs to it. */
  readonly rstrip?: boolean
  /** Found only where no word character (a letter, mark, number or connector) stands on either side. */
  readonly singleWord?: boolean
}

/** A place in the text where a special token stands. */
export interface SpecialMatch {
  /** With the white space it takes. */
  readonly start: number
  readonly end: number
  /** Where its own text ends: there the search continues, even if the white space after it is taken. */
  readonly textEnd: number
  readonly token: SpecialToken
}

interface TrieNode {
  readonly children: Map<number, TrieNode>
  token?: SpecialToken
}

const utf8 = new TextEncoder()

/** Finds special tokens in UTF-8 bytes: the leftmost, and the longest where several start at one place. */
export class SpecialTokenFinder {
  readonly #root: TrieNode = { children: new Map() }
  readonly #firstBytes = new Uint8Array(256)
  readonly #onlyFirstByte: number
  /** Bytes of the longest token. */
  readonly longest: number
  /** Whether some token takes the white space around it. */
  readonly strips: boolean
  readonly #singleWords: boolean

  /** @param tokens what is found, by `pattern` where the text looked for is another than the token's own */
  constructor(tokens: Iterable<SpecialToken & { readonly pattern?: string }>) {
    let longest = 0
    let strips = false
    let singleWords = false
    for (const token of tokens) {
      let node = this.#root
      const bytes = utf8.encode(token.pattern ?? token.text)
      if (bytes.length === 0) continue
      for (const byte of bytes) {
        let child = node.children.get(byte)
        if (child === undefined) node.children.set(byte, (child = { children: new Map() }))
        node = child
      }
      // Of several tokens with one pattern the first is found.
      node.token ??= token
      longest = Math.max(longest, bytes.length)
      singleWords ||= token.singleWord === true
      strips ||= token.lstrip === true || token.rstrip === true
      this.#firstBytes[bytes[0]!] = 1
    }
    const first = [...this.#root.children.keys()]
    this.#onlyFirstByte = first.length === 1 ? first[0]! : -1
    this.longest = longest
    this.strips = strips
    this.#singleWords = singleWords
  }

  /**
   * The first special token in `bytes[from, end)`.
   *
   * @param start where the text begins, at most `from`: what comes before decides about single words
   * @param taken where the white space before a token may begin at the earliest
   */
  find(
    bytes: Uint8Array,
    from: number,
    end: number,
    start: number = from,
    taken: number = from,
  ): SpecialMatch | undefined {
    for (let at = this.#candidate(bytes, from, end); at >= 0; at = this.#candidate(bytes, at, end)) {
      const match = this.#matchAt(bytes, at, end)
      if (match === undefined) {
        at++
        continue
      }
      const { token } = match
      if (token.singleWord === true && !isAlone(bytes, at, match.end, start, end)) {
        // As in the reference, a match that is not taken still uses up its text.
        at = match.end
        continue
      }
      return {
        start: token.lstrip === true ? Math.max(taken, whiteSpaceStart(bytes, start, at)) : at,
        end: token.rstrip === true ? whiteSpaceEnd(bytes, match.end, end) : match.end,
        textEnd: match.end,
        token,
      }
    }
    return undefined
  }

  /** Whether some special token, or the white space it takes, may be on both sides of `offset`. */
  straddles(bytes: Uint8Array, offset: number): boolean {
    for (let at = Math.max(0, offset - this.longest); at < offset; at++) {
      if (this.#firstBytes[bytes[at]!] !== 1) continue
      const match = this.#matchAt(bytes, at, bytes.length)
      if (match === undefined) continue
      if (match.end > offset) return true
      if (match.end === offset && match.token.singleWord === true) return true
    }
    if (
      this.#singleWords &&
      offset < bytes.length &&
      this.#matchAt(bytes, offset, bytes.length)?.token.singleWord === true
    )
      return true
    return this.strips && this.#strippingStraddles(bytes, offset)
  }

  #strippingStraddles(bytes: Uint8Array, offset: number): boolean {
    const after = whiteSpaceEnd(bytes, offset, bytes.length)
    if (after === bytes.length || this.#matchAt(bytes, after, bytes.length)?.token.lstrip === true)
      return true
    const before = whiteSpaceStart(bytes, 0, offset)
    for (let at = Math.max(0, before - this.longest); at < before; at++) {
      const match = this.#matchAt(bytes, at, before)
      if (match?.end === before && match.token.rstrip === true) return true
    }
    return false
  }

  /** The longest special token that starts exactly at `at`, without white space. */
  #matchAt(bytes: Uint8Array, at: number, end: number): { end: number; token: SpecialToken } | undefined {
    let found: { end: number; token: SpecialToken } | undefined
    let node = this.#root.children.get(bytes[at]!)
    for (let i = at + 1; node !== undefined; i++) {
      if (node.token !== undefined) found = { end: i, token: node.token }
      if (i >= end) break
      node = node.children.get(bytes[i]!)
    }
    return found
  }

  #candidate(bytes: Uint8Array, from: number, end: number): number {
    if (this.#onlyFirstByte >= 0) return indexOfByte(bytes, this.#onlyFirstByte, from, end)
    return indexOfAny(bytes, this.#firstBytes, from, end)
  }
}

/** Where one of the bytes with a 1 in `wanted` is next. All bytes of a corpus come by here. */
function indexOfAny(bytes: Uint8Array, wanted: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (wanted[bytes[at]!] === 1) return at
  return -1
}

/** Whether `bytes[at, to)` has no word character on either side within `[start, end)`. */
function isAlone(bytes: Uint8Array, at: number, to: number, start: number, end: number): boolean {
  if (to < end && isWordChar(codePointAt(bytes, to))) return false
  if (at === start) return true
  let before = at - 1
  while (before > start && (bytes[before]! & 0xc0) === 0x80) before--
  return !isWordChar(codePointAt(bytes, before))
}

function isWhiteSpace(char: number): boolean {
  return ((whiteSpace >> (char & 15)) & 1) === 1
}

function whiteSpaceEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const char = charAt(bytes, at, end)
    if (!isWhiteSpace(char)) break
    at += char >> 4
  }
  return at
}

function whiteSpaceStart(bytes: Uint8Array, from: number, at: number): number {
  for (;;) {
    let start = at - 1
    while (start > from && (bytes[start]! & 0xc0) === 0x80) start--
    if (start < from || !isWhiteSpace(charAt(bytes, start, at))) return at
    at = start
  }
}
