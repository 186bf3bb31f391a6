import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { anyChar } from './any-char.ts'
import { withAsciiTable } from './ascii-table.ts'
import { mapChars } from './map-chars.ts'
import type { Normalizer } from './normalizer.ts'

/** Lowercase: character by character (a sigma that ends a word is like any other), those that the reference knows to have a lower case. */
export function lowercase(): Normalizer {
  const classes = textClassTable()
  const lowers = (code: number): boolean => (classes[code]! & TextClass.lowers) !== 0
  return withAsciiTable({
    mayChange: (bytes, start, end) => anyChar(bytes, start, end, TextClass.lowers),
    cutsBeforeSpace: true,
    cutsAnywhere: true,
    keepsSpaces: true,
    normalize: (text) =>
      // ASCII is lowered as a whole, which is much faster.
      mapChars(
        text.replaceAll(/[A-Z]+/g, (run) => run.toLowerCase()),
        lowers,
        (char) => char.toLowerCase(),
      ),
  })
}
