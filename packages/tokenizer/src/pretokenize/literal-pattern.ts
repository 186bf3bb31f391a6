import { indexOfByte } from '../index-of-byte.ts'
import type { TextPattern } from './text-pattern.ts'

const utf8 = new TextEncoder()

/** The pattern of a string that is taken as it is. An empty one matches between all characters, as in the reference. */
export function literalPattern(text: string): TextPattern {
  const wanted = utf8.encode(text)

  function find(bytes: Uint8Array, start: number, end: number): number {
    const last = end - wanted.length
    for (let at = start; at <= last; at++) {
      if (wanted.length === 0) return at
      at = indexOfByte(bytes, wanted[0]!, at, last + 1)
      if (at < 0) return -1
      let i = 1
      while (i < wanted.length && bytes[at + i] === wanted[i]) i++
      if (i === wanted.length) return at
    }
    return -1
  }

  return {
    replace(changed, content) {
      if (text !== '') return changed.replaceAll(text, () => content)
      return changed === '' ? '' : Array.from(changed, (char) => content + char).join('') + content
    },
    findMatches(bytes, start, end, emit) {
      if (wanted.length === 0) {
        for (let at = start; at <= end; at++) if (at === end || (bytes[at]! & 0xc0) !== 0x80) emit(at, at)
        return
      }
      for (let at = find(bytes, start, end); at >= 0; at = find(bytes, at + wanted.length, end)) {
        emit(at, at + wanted.length)
      }
    },
    findsInBytes: true,
    ...(wanted.length === 1 && { asciiByte: wanted[0]! }),
    mayMatch: (bytes, start, end) => find(bytes, start, end) >= 0,
    endsBeforeSpace: !/[!-~] /.test(text),
    hasNoSpace: text !== '' && !text.includes(' '),
    isOneCharacter: Array.from(text).length === 1,
  }
}
