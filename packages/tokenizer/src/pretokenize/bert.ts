import { charLength, codePointAt } from './code-point.ts'
import { isWhiteSpace, punctuationTest } from './class-pattern.ts'
import type { PreTokenizerStep } from './pieces.ts'

/** What a character is: of a word, white space, or punctuation. */
const inWord = 0
const space = 1
const punctuation = 2

/** BertPreTokenizer: cuts at white space, which is removed, and around each punctuation character. */
export function bertPreTokenizer(): PreTokenizerStep {
  const isPunctuation = punctuationTest()
  const kindOf = (code: number): number =>
    isWhiteSpace(code) ? space : isPunctuation(code) ? punctuation : inWord
  const kindOfAscii = Uint8Array.from({ length: 128 }, (_, code) => kindOf(code))
  return {
    beforeSpace: 'border',
    keepsText: false,
    cut(from, to) {
      const { bytes } = from
      to.reset(bytes, from.isFirst)
      for (let i = 0; i < from.count; i++) {
        const end = from.ends[i]!
        let word = from.starts[i]!
        for (let at = word; at < end;) {
          const byte = bytes[at]!
          const kind = byte < 0x80 ? kindOfAscii[byte]! : kindOf(codePointAt(bytes, at))
          const next = at + charLength(byte)
          if (kind !== inWord) {
            to.push(word, at)
            if (kind === punctuation) to.push(at, next)
            word = next
          }
          at = next
        }
        to.push(word, end)
      }
      to.isFirst &&= to.starts[0] === from.starts[0]
    },
  }
}
