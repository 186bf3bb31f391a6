import type { OffsetEncoding } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { charLength } from '../pretokenize/code-point.ts'
import type { SpecialFinders } from '../special/special-rules.ts'
import type { TokenDecoder } from '../token-decoder.ts'
import { IdBuffer } from './id-buffer.ts'
import type { StretchEncoder } from './stretch-encoder.ts'
import type { TextWalk } from './text-walk.ts'
import { spacesOfBytes, spacesOfText, trimPlaces, type SpacesOfToken } from './trim-places.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** What it takes to say where tokens are. */
export interface LocateParts {
  readonly name: string
  readonly walk: TextWalk
  readonly stretches: StretchEncoder
  /** Bytes of each token; undefined where tokens are not bytes of the text. */
  readonly decoder: TokenDecoder | undefined
  /** Leaves the white space around a token out of its place, as ByteLevel with `trim_offsets` does. */
  readonly trimOffsets: { readonly addPrefixSpace: boolean } | undefined
}

/**
 * The ids of a text and where each is, in bytes: the places of the tokens of a stretch follow one another, one byte a byte, after a space that
 * was put before it.
 *
 * @returns undefined when the text is not valid UTF-8
 * @throws TokenizerError `unsupported-component` where the text was changed before it was cut
 */
export function locateTokens(
  { name, walk, stretches, decoder, trimOffsets }: LocateParts,
  bytes: Uint8Array,
  allowed: SpecialFinders,
): OffsetEncoding | undefined {
  if (decoder === undefined) refuse(name, 'tokens that are not bytes of the text')
  const out = new IdBuffer()
  const starts: number[] = []
  const ends: number[] = []
  /** For each token, where places are trimmed. */
  const spaces: SpacesOfToken[] = []
  const recording: StretchEncoder = {
    encode(stretch, buffer) {
      if (stretch.bytes !== bytes) refuse(name, 'a normalizer that changes this text')
      const first = buffer.length
      if (!stretches.encode(stretch, buffer)) return false
      let total = 0
      for (let i = first; i < buffer.length; i++) total += decoder.byteLength(buffer.ids[i]!)
      const prefix = total - (stretch.end - stretch.start)
      if (prefix !== 0 && prefix !== 1) refuse(name, 'a pre_tokenizer that leaves out or adds text')
      let at = stretch.start - prefix
      for (let i = first; i < buffer.length; i++) {
        starts.push(Math.max(at, stretch.start))
        at += decoder.byteLength(buffer.ids[i]!)
        if (trimOffsets !== undefined) spaces.push(spacesOfBytes(decoder.tokenBytes(buffer.ids[i]!)))
        // A token of nothing but the space put before has the place of the first character.
        ends.push(at > stretch.start ? at : stretch.start + charLength(bytes[stretch.start]!))
      }
      return true
    },
  }
  const isText = walk.run(bytes, allowed, recording, out, (start, end, source) => {
    if (source !== bytes) refuse(name, 'a normalizer that changes this text')
    starts.push(start)
    ends.push(end)
    if (trimOffsets !== undefined) spaces.push(spacesOfText(utf8.decode(bytes.subarray(start, end))))
  })
  if (!isText) return undefined
  const encoding = { ids: out.view.slice(), starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) }
  if (trimOffsets !== undefined) trimPlaces(encoding, bytes, spaces, trimOffsets.addPrefixSpace)
  return encoding
}

function refuse(name: string, what: string): never {
  throw new TokenizerError(
    'unsupported-component',
    `Expected tokens whose bytes are those of the text, got ${what}: ${name} has no offsets here; encode without them`,
  )
}

/** Turns places in bytes to places in UTF-16 code units; one inside a character takes the whole character. */
export function inUtf16({ ids, starts, ends }: OffsetEncoding, bytes: Uint8Array): OffsetEncoding {
  const unitOfByte = new Uint32Array(bytes.length + 1)
  const charEnd = new Uint32Array(bytes.length + 1)
  let unit = 0
  for (let at = 0; at < bytes.length;) {
    const length = charLength(bytes[at]!)
    const units = length === 4 ? 2 : 1
    unitOfByte.fill(unit, at, at + length)
    charEnd.fill(unit + units, at, at + length)
    unit += units
    at += length
  }
  unitOfByte[bytes.length] = unit
  return {
    ids,
    starts: starts.map((start) => unitOfByte[start]!),
    ends: ends.map((end, i) => (end > starts[i]! ? charEnd[end - 1]! : unitOfByte[end]!)),
  }
}
