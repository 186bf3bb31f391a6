import { TextClass, textClassTable } from '../unicode/text-classes.ts'
import { anyChar } from './any-char.ts'
import type { Normalizer } from './normalizer.ts'

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

const classOfForm: Readonly<Record<UnicodeForm, number>> = {
  NFC: TextClass.nfc,
  NFD: TextClass.nfd,
  NFKC: TextClass.nfkc,
  NFKD: TextClass.nfkd,
}

/**
 * A normal form at the reference's Unicode version, 9, whatever the runtime has. The runtime's is used for runs of characters that the
 * reference knows to change, with the character before them if it may be composed with them: the normal form of characters never changes
 * once they are assigned, and every other character is left as it is, as one that is not assigned.
 */
export function unicodeForm(form: UnicodeForm): Normalizer {
  const changing = classOfForm[form]
  const classes = textClassTable()
  return {
    mayChange: (bytes, start, end) => anyChar(bytes, start, end, changing),
    cutsBeforeSpace: true,
    keepsSpaces: true,
    isNfc: form === 'NFC',
    normalize(text) {
      let normal = ''
      let copied = 0
      /** Where the character before begins, if it may be composed. */
      let first = -1
      for (let at = 0; at < text.length;) {
        const code = text.codePointAt(at)!
        const bits = classes[code]!
        if ((bits & changing) === 0) {
          first = (bits & TextClass.composes) === 0 ? -1 : at
          at += code > 0xffff ? 2 : 1
          continue
        }
        const start = first < 0 ? at : first
        while (at < text.length) {
          const next = text.codePointAt(at)!
          if ((classes[next]! & changing) === 0) break
          at += next > 0xffff ? 2 : 1
        }
        normal += text.slice(copied, start) + text.slice(start, at).normalize(form)
        copied = at
        first = -1
      }
      return copied === 0 ? text : normal + text.slice(copied)
    },
  }
}
