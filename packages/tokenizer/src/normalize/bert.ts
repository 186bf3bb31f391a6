import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { withAsciiTable } from './ascii-table.ts'
import { lowercase } from './lowercase.ts'
import { mapChars } from './map-chars.ts'
import { type Normalizer, sequenceOf } from './normalizer.ts'
import { removeClass } from './strip-accents.ts'
import { unicodeForm } from './unicode-form.ts'

/** What a BertNormalizer does. */
export interface BertNormalizerOptions {
  readonly cleanText: boolean
  readonly handleChineseChars: boolean
  readonly stripAccents: boolean
  readonly lowercase: boolean
}

/** BertNormalizer: cleans, puts spaces around ideographs, removes accents, lowers; each if asked for. */
export function bertNormalizer(options: BertNormalizerOptions): Normalizer | undefined {
  const steps = sequenceOf([
    ...(options.cleanText ? [cleanText()] : []),
    ...(options.handleChineseChars ? [spaceIdeographs] : []),
    ...(options.stripAccents ? [unicodeForm('NFD'), removeClass(TextClass.accent)] : []),
    ...(options.lowercase ? [lowercase()] : []),
  ])
  // No step looks from an ASCII character to its neighbours, or back.
  return steps === undefined ? undefined : withAsciiTable(steps)
}

/** White space but for the space itself; U+000B, U+000C and U+0085 are controls, which are removed before. */
const otherSpaces = /[\t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g

function cleanText(): Normalizer {
  const classes = textClassTable()
  return {
    removesBeginning: (text) => text !== '' && (classes[text.codePointAt(0)!]! & TextClass.control) !== 0,
    normalize: (text) =>
      mapChars(
        text,
        (code) => (classes[code]! & TextClass.control) !== 0,
        () => '',
      ).replaceAll(otherSpaces, ' '),
    mayChange: (bytes, start, end) => {
      for (let at = start; at < end; at++) if (bytes[at]! < 0x20 || bytes[at]! >= 0x7f) return true
      return false
    },
    cutsBeforeSpace: true,
    cutsAnywhere: true,
    keepsSpaces: true,
  }
}

const ideographs =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu

const spaceIdeographs: Normalizer = {
  normalize: (text) => text.replaceAll(ideographs, ' $& '),
  mayChange: (bytes, start, end) => {
    for (let at = start; at < end; at++) if (bytes[at]! >= 0xe3) return true
    return false
  },
  cutsBeforeSpace: true,
  cutsAnywhere: true,
  keepsSpaces: true,
}
