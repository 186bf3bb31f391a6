import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { anyChar } from './any-char.ts'
import { mapChars } from './map-chars.ts'
import type { Normalizer } from './normalizer.ts'

/** StripAccents: removes every mark. */
export function stripAccents(): Normalizer {
  return removeClass(TextClass.combining)
}

/** Removes the characters that have one of the bits of {@link TextClass}. */
export function removeClass(bits: number): Normalizer {
  const classes = textClassTable()
  return {
    removesBeginning: (text) => text !== '' && (classes[text.codePointAt(0)!]! & bits) !== 0,
    mayChange: (bytes, start, end) => anyChar(bytes, start, end, bits),
    cutsBeforeSpace: true,
    cutsAnywhere: true,
    // None of the classes has printable ASCII.
    keepsSpaces: true,
    normalize: (text) =>
      mapChars(
        text,
        (code) => (classes[code]! & bits) !== 0,
        () => '',
      ),
  }
}
