import { BlockEncoder, type Encoding, type ResolvedTokenizer } from '../../src/index.ts'
import { createOffsetsCheck } from './offsets-check.ts'

/** What the reference tells: of a text, or of ids that it decoded. Numbers are base64 of uint32. */
export interface Line {
  readonly text?: string
  /** With the tokens around a text, where the file has any. */
  readonly ids?: string
  readonly plain?: string
  /** Places of tokens in code points: from where to where, or from where only. */
  readonly offsets?: string
  readonly starts?: string
  readonly decode?: readonly number[]
  /** Absent where it is the text. */
  readonly decoded?: string
  /** The reference could not do this text. */
  readonly failed?: string
}

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })
/** Differences of a kind that are shown; all are counted. */
const mostShown = 4

/** The implementations of one tokenizer, and how much of what is told the slower checks see. */
export interface ComparedTokenizer {
  /** What programs get; it is compared on every text. */
  readonly fast: Encoding
  /** The obvious implementation. */
  readonly slow: Encoding
  readonly kind: ResolvedTokenizer['description']['kind']
  /** One text in so many, drawn, is also compared by the slow one, counted, streamed and cut. */
  readonly share: number
}

/** Compares a tokenizer with what the reference tells, and counts. */
export class TextComparison {
  texts = 0
  bytes = 0
  /** Texts that the slower checks saw. */
  drawn = 0
  cuts = 0
  failures = 0
  readonly differences = new Map<string, number>()
  readonly #tokenizer: ComparedTokenizer
  readonly #allowed: { readonly allowedSpecial: 'all' | readonly string[] }
  readonly #random: (below: number) => number
  readonly #checkOffsets: ReturnType<typeof createOffsetsCheck>

  constructor(tokenizer: ComparedTokenizer, random: (below: number) => number) {
    this.#tokenizer = tokenizer
    // The sentencepiece library finds no control pieces in a text.
    this.#allowed = { allowedSpecial: tokenizer.kind === 'sentencepiece' ? [] : 'all' }
    this.#random = random
    this.#checkOffsets = createOffsetsCheck(this.#report)
  }

  take(line: Line): void {
    if (line.failed !== undefined) {
      this.failures++
      console.log(`  the reference failed on ${JSON.stringify(line.text)}…: ${line.failed}`)
    } else if (line.decode !== undefined) {
      const ours = this.#tokenizer.fast.decode(line.decode)
      if (ours !== line.decoded) this.#report('decoding of random ids', line.decode, ours, line.decoded)
    } else {
      this.#takeText(line as Line & { text: string })
    }
  }

  #takeText(line: Line & { text: string }): void {
    const { text, decoded = text } = line
    const plain = numbersOf(line.plain!)
    const ids = line.ids === undefined ? undefined : numbersOf(line.ids)
    const bytes = utf8.encode(text)
    this.texts++
    this.bytes += bytes.length
    const { fast: encoding } = this.#tokenizer
    this.#checkIds('ids', encoding, line, bytes, plain)
    if (ids !== undefined) {
      const ours = encoding.encode(text, this.#allowed)
      if (!same(ours, ids)) this.#report('ids with those around', text, around(ours, ids), around(ids, ours))
    }
    const ours = encoding.decode(plain)
    if (ours !== decoded) this.#report('decoding', text, aroundText(ours, decoded), aroundText(decoded, ours))
    if (line.offsets !== undefined) {
      const places = numbersOf(line.offsets)
      const starts = places.filter((_, i) => i % 2 === 0)
      this.#checkOffsets(
        encoding,
        text,
        starts,
        places.filter((_, i) => i % 2 === 1),
      )
    } else if (line.starts !== undefined) {
      this.#checkOffsets(encoding, text, numbersOf(line.starts), undefined)
    }
    if (this.#random(this.#tokenizer.share) === 0) this.#checkDrawn(line, bytes, plain)
  }

  #checkDrawn(line: Line & { text: string }, bytes: Uint8Array, plain: Uint32Array): void {
    const { fast: encoding, slow } = this.#tokenizer
    this.drawn++
    this.#checkIds('ids of the slow implementation', slow, line, bytes, plain)
    const count = encoding.count(bytes, { ...this.#allowed, addSpecialTokens: false })
    if (count !== plain.length) this.#report('count', line.text, count, plain.length)
    this.#checkCuts(encoding, bytes, plain)
    this.#checkStream(encoding, bytes, plain)
  }

  #checkIds(what: string, encoding: Encoding, { text }: Line, bytes: Uint8Array, plain: Uint32Array): void {
    const ours = encoding.encode(bytes, { ...this.#allowed, addSpecialTokens: false })
    if (!same(ours, plain)) this.#report(what, text, around(ours, plain), around(plain, ours))
  }

  /** The ids of the parts at a safe cut, joined, are those of the whole. */
  #checkCuts(encoding: Encoding, bytes: Uint8Array, plain: Uint32Array): void {
    const cuts = new Set<number>()
    if (bytes.length < 3000 && this.#random(16) === 0)
      for (let near = 1; near < bytes.length; near++)
        cuts.add(encoding.findSafeCut(bytes, near, this.#allowed, 1))
    else if (bytes.length > 1) {
      for (let left = bytes.length < 100_000 ? 2 : 1; left > 0; left--)
        cuts.add(encoding.findSafeCut(bytes, 1 + this.#random(bytes.length - 1), this.#allowed))
    }
    cuts.delete(-1)
    for (const cut of cuts) {
      const options = { ...this.#allowed, addSpecialTokens: false }
      const left = encoding.encode(bytes.subarray(0, cut), options)
      const right = encoding.encode(bytes.subarray(cut), options)
      if (same(left, plain.subarray(0, left.length)) && same(right, plain.subarray(left.length))) continue
      const ours = [...left, ...right]
      this.#report('cut', fromUtf8.decode(bytes), [cut, ...around(ours, plain)], around(plain, ours))
    }
    this.cuts += cuts.size
  }

  #checkStream(encoding: Encoding, bytes: Uint8Array, plain: Uint32Array): void {
    const encoder = new BlockEncoder(encoding, this.#allowed)
    const longest = 1 + this.#random(bytes.length > 100_000 ? 300_000 : 60)
    let at = 0
    let isSame = true
    const check = (ids: Uint32Array): void => {
      for (const id of ids) isSame &&= id === plain[at++]
    }
    for (let from = 0; from < bytes.length;) {
      const to = from + 1 + this.#random(longest)
      for (const ids of encoder.push(bytes.subarray(from, to))) check(ids)
      from = to
    }
    for (const ids of encoder.flush()) check(ids)
    if (!isSame || at !== plain.length) this.#report('stream', fromUtf8.decode(bytes), at, plain.length)
  }

  readonly #report = (what: string, text: unknown, ours: unknown, theirs: unknown): void => {
    const before = this.differences.get(what) ?? 0
    this.differences.set(what, before + 1)
    if (before >= mostShown) return
    const shown = [text, ours, theirs].map((value) => (JSON.stringify(value) ?? String(value)).slice(0, 300))
    console.log(`  ${what}: ${shown[0]}\n    ours   ${shown[1]}\n    theirs ${shown[2]}`)
  }
}

function numbersOf(packed: string): Uint32Array {
  const bytes = Buffer.from(packed, 'base64')
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The ids around the first difference. */
function around(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return Array.from(a).slice(Math.max(0, i - 3), i + 12)
}

function aroundText(a: string, b: string): string {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return a.slice(Math.max(0, i - 10), i + 40)
}
