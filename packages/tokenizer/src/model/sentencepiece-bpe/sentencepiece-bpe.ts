import type { EncodeRange } from '../../bpe/piece-encoder.ts'
import { ByteTrie } from '../byte-trie.ts'
import { characterAt, characterBefore, lengthOfCharacter } from '../character-at.ts'
import type { LocateRange, TokenModel } from '../token-model.ts'
import { withWordCache } from '../word-cache.ts'
import { type Boundaries, findBoundaries } from './boundaries.ts'
import { createLongMerge } from './merge-long.ts'
import { longestShort, mergeShort } from './merge-short.ts'
import { type MergeList, PairTable } from './pair-table.ts'
import { createSymbols, type Symbols, type UnknownRules } from './symbols.ts'
import { hasAffixes, type WordAffixes } from './word-affixes.ts'

/** A BPE model whose symbols are characters. */
export interface SentencePieceBpeModel extends UnknownRules {
  readonly ids: ReadonlyMap<string, number>
  readonly merges: MergeList
  /** Whether a piece that is a token is that token, also where merging would not make it. */
  readonly ignoreMerges: boolean
  readonly affixes: WordAffixes
  /** The character that spaces are read as, where no piece has a space that is one. */
  readonly spaceMark?: string | undefined
  /** The most bytes for remembering the ids of parts. */
  readonly cacheBytes: number
}

/** More symbols than these are not kept in memory from one piece to the next. */
const keptSymbols = 1 << 16

/**
 * Makes the encoder of a BPE model whose symbols are characters: Llama 1 and 2, Mistral 7B, Phi-3, Gemma. A piece may be a
 * whole text: it is taken apart at the boundaries that nothing merges across, and the ids of the parts are remembered. With affixes a
 * piece is a word, and never taken apart: its symbols depend on where it ends.
 */
export function createSentencePieceBpe(model: SentencePieceBpeModel): TokenModel {
  const pairs = new PairTable(model.merges)
  const spaceAs = readsSpacesAs(model)
  const symbols = createSymbols(model.ids, model, model.affixes, spaceAs)
  const mergeLong = createLongMerge(pairs)
  let scratch = new Int32Array(4096)
  let lengths = new Int32Array(0)

  function scratchFor(length: number): Int32Array {
    if (scratch.length < length || scratch.length > Math.max(length, keptSymbols))
      scratch = new Int32Array(Math.max(length, 4096))
    return scratch
  }

  const encodePart = withWordCache((bytes, start, end, target, at) => {
    const ids = scratchFor(end - start)
    const count = symbols.read(bytes, start, end, ids)
    const left = count <= longestShort ? mergeShort(ids, count, pairs) : mergeLong(ids, count)
    for (let i = 0; i < left; i++) target[at + i] = ids[i]!
    return at + left
  }, model.cacheBytes)

  const locatePiece: LocateRange = (bytes, start, end, out, at) => {
    const ids = scratchFor(end - start)
    if (lengths.length < ids.length) lengths = new Int32Array(ids.length)
    const left = mergeLong(ids, symbols.read(bytes, start, end, ids, lengths), lengths)
    let to = start
    for (let i = 0; i < left; i++) {
      to += lengths[i]!
      out.ids[at + i] = ids[i]!
      out.ends[at + i] = to
    }
    return at + left
  }

  const merged: TokenModel = hasAffixes(model.affixes)
    ? { encodePiece: encodePart, locatePiece }
    : {
        ...inParts(boundariesOf(model, symbols, spaceAs), encodePart),
        locatePiece,
        takesSpaces: spaceAs !== undefined,
      }
  return model.ignoreMerges ? withWholePieces(merged, model.ids) : merged
}

/** The character that a space is read as: one with a token, where nothing is looked up but characters. */
function readsSpacesAs({ spaceMark, ids, affixes, ignoreMerges }: SentencePieceBpeModel): number | undefined {
  if (spaceMark === undefined || !ids.has(spaceMark) || hasAffixes(affixes) || ignoreMerges) return undefined
  return spaceMark.codePointAt(0)
}

function boundariesOf(
  model: SentencePieceBpeModel,
  symbols: Symbols,
  spaceAs: number | undefined,
): Boundaries {
  return findBoundaries({ ids: model.ids, merges: model.merges, symbols, rules: model, spaceAs })
}

function inParts(
  boundaries: Boundaries,
  encodePart: EncodeRange,
): Required<Pick<TokenModel, 'encodePiece' | 'canCut'>> {
  return {
    encodePiece: encodeParts(boundaries, encodePart),
    canCut: (bytes, offset) =>
      boundaries.isBoundary(characterBefore(bytes, offset), characterAt(bytes, offset)),
  }
}

/** Takes a piece apart at the boundaries. */
function encodeParts({ ascii, isBoundary }: Boundaries, encodePart: EncodeRange): EncodeRange {
  // A function for each part: one for all of a text would be run before it is compiled.
  function endOfPart(bytes: Uint8Array, start: number, end: number): number {
    let before = -1
    for (let i = start; i < end;) {
      const byte = bytes[i]!
      const isAscii = byte < 0x80
      const character = isAscii ? byte : characterAt(bytes, i)
      if (
        before >= 0 &&
        (isAscii && before < 0x80 ? ascii[(before << 7) | byte] === 1 : isBoundary(before, character))
      )
        return i
      before = character
      i += isAscii ? 1 : lengthOfCharacter(byte)
    }
    return end
  }

  return function encodePiece(bytes, start, end, target, at) {
    for (let part = start; part < end;) {
      const next = endOfPart(bytes, part, end)
      at = encodePart(bytes, part, next, target, at)
      part = next
    }
    return at
  }
}

/** Looks for the whole piece among the tokens first. Then a piece cannot be cut: its parts would not be that token. */
function withWholePieces(inner: TokenModel, ids: ReadonlyMap<string, number>): TokenModel {
  const trie = new ByteTrie()
  const root = trie.addRoot()
  const utf8 = new TextEncoder()
  for (const [token, id] of ids) trie.add(root, utf8.encode(token), id)
  return {
    encodePiece(bytes, start, end, target, at) {
      const id = trie.find(root, bytes, start, end)
      if (id < 0) return inner.encodePiece(bytes, start, end, target, at)
      target[at] = id
      return at + 1
    },
    locatePiece(bytes, start, end, out, at) {
      const id = trie.find(root, bytes, start, end)
      if (id < 0) return inner.locatePiece!(bytes, start, end, out, at)
      out.ids[at] = id
      out.ends[at] = end
      return at + 1
    },
  }
}
