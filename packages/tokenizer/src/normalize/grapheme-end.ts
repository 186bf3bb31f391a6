import { GraphemeClass, graphemeClassTable } from '../unicode/grapheme-classes.ts'

const { extends: isMark, prepends, alone, pictographs, consonants, linkers, between } = GraphemeClass
const zeroWidthJoiner = 0x200d
/** No character below joins another, but for a line feed after a carriage return. */
export const firstMark = 0x300

/** The end of the grapheme that begins at `at`, by the rules of Unicode's annex 29 (GB3 to GB13) and the reference's classes. */
export function graphemeEnd(text: string, at: number): number {
  const classes = graphemeClassTable()
  let code = text.codePointAt(at)!
  let end = at + unitsOf(code)
  if (code === 0x0d && text.charCodeAt(end) === 0x0a) return end + 1
  // The first mark is U+0300, the first that joins what follows U+0600.
  if (code < firstMark && !(text.charCodeAt(end) >= firstMark)) return end
  let last = classes[code]!
  /** A pictograph and marks are behind, or a consonant and marks; and of the latter whether a linker is among them. */
  let isPictograph = (last & pictographs) !== 0
  let isConsonant = (last & consonants) !== 0
  let isLinked = false
  let flags = isFlag(code) ? 1 : 0
  while (end < text.length && (last & alone) === 0) {
    const next = text.codePointAt(end)!
    const found = classes[next]!
    if ((found & alone) !== 0) break
    const joins =
      (found & isMark) !== 0 ||
      (last & prepends) !== 0 ||
      joinsHangul(code, next) ||
      (isLinked && (found & consonants) !== 0) ||
      (isPictograph && code === zeroWidthJoiner && (found & pictographs) !== 0) ||
      (flags % 2 === 1 && isFlag(next))
    if (!joins) break
    if ((found & isMark) !== 0) {
      isLinked = isConsonant && (isLinked || (found & linkers) !== 0) && (found & (linkers | between)) !== 0
      isConsonant &&= (found & (linkers | between)) !== 0
    } else {
      isPictograph = (found & pictographs) !== 0
      isConsonant = (found & consonants) !== 0
      isLinked = false
    }
    flags = isFlag(next) ? flags + 1 : 0
    code = next
    last = found
    end += unitsOf(next)
  }
  return end
}

function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1
}

function isFlag(code: number): boolean {
  return code >= 0x1f1e6 && code <= 0x1f1ff
}

/** Hangul: leading consonants, vowels, final consonants, and syllables, which end in one of the latter two. */
function joinsHangul(code: number, next: number): boolean {
  if (code < 0x1100 || next < 0x1100 || code > 0xd7fb || next > 0xd7fb) return false
  if (isLeading(code)) return isLeading(next) || isVowel(next) || isSyllable(next)
  if (isVowel(code) || (isSyllable(code) && (code - 0xac00) % 28 === 0)) return isVowel(next) || isFinal(next)
  return (isFinal(code) || isSyllable(code)) && isFinal(next)
}

function isLeading(code: number): boolean {
  return code <= 0x115f || (code >= 0xa960 && code <= 0xa97c)
}

function isVowel(code: number): boolean {
  return (code >= 0x1160 && code <= 0x11a7) || (code >= 0xd7b0 && code <= 0xd7c6)
}

function isFinal(code: number): boolean {
  return (code >= 0x11a8 && code <= 0x11ff) || (code >= 0xd7cb && code <= 0xd7fb)
}

function isSyllable(code: number): boolean {
  return code >= 0xac00 && code <= 0xd7a3
}
