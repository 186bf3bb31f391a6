import { GraphemeClass, graphemeClassTable } from '../unicode/grapheme-classes.ts'
import { invalid } from '../load/json-shape.ts'
import { firstMark, graphemeEnd } from './grapheme-end.ts'
import type { Normalizer } from './normalizer.ts'

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const carriageReturn = 0x0d

/** The most bytes of a grapheme that is looked up as a whole. */
const longestGrapheme = 5

/**
 * Precompiled: SentencePiece's map of characters, a double-array trie (of darts-clone) and the texts that it leads to. As in the reference,
 * a short grapheme is looked up as a whole, and then the shortest entry that it begins with stands for all of it; where there is none, its
 * characters are looked up one by one.
 *
 * @param base64 `precompiled_charsmap`: the length of the trie, its units, and texts that end with NUL
 */
export function precompiled(base64: string): Normalizer {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  const trieLength = bytes.length < 4 ? 0 : view.getUint32(0, true)
  if (trieLength % 4 !== 0 || trieLength < 4 || 4 + trieLength > bytes.length)
    invalid('normalizer.precompiled_charsmap', 'a trie and its texts', base64.slice(0, 40))
  const units = Uint32Array.from({ length: trieLength / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const texts = bytes.subarray(4 + trieLength)

  /** What the shortest entry that `key` begins with stands for. */
  function lookUp(key: Uint8Array): string | undefined {
    let node = offsetOf(units[0]!)
    for (const byte of key) {
      if (byte === 0) return undefined
      node ^= byte
      const unit = units[node] ?? 0
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined
      node ^= offsetOf(unit)
      if (((unit >>> 8) & 1) === 1) {
        const start = (units[node] ?? 0) & 0x7fffffff
        const end = texts.indexOf(0, start)
        return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end))
      }
    }
    return undefined
  }

  /** Of characters below U+10000 that were met: what they become, or null where they stay. */
  const ofCode: (string | null | undefined)[] = Array.from({ length: 0x10000 })
  function charText(code: number): string | null {
    const known = code < ofCode.length ? ofCode[code] : undefined
    if (known !== undefined) return known
    const char = String.fromCodePoint(code)
    const found = lookUp(utf8.encode(char))
    const changed = found === char ? null : (found ?? null)
    if (code < ofCode.length) ofCode[code] = changed
    return changed
  }
  const latinChanges = Uint8Array.from({ length: firstMark }, (_, code) => Number(charText(code) !== null))

  /** Whether printable ASCII stays, behind a character that joins what follows it too. */
  function keepsPrintableAscii(): boolean {
    const printable = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i))
    if (printable.some((char) => charText(char.charCodeAt(0)) !== null)) return false
    const classes = graphemeClassTable()
    for (let code = firstMark; code < classes.length; code++) {
      if ((classes[code]! & GraphemeClass.prepends) === 0) continue
      const joining = String.fromCodePoint(code)
      if (printable.some((char) => lookUp(utf8.encode(joining + char)) !== undefined)) return false
    }
    return true
  }

  /** What a grapheme of several characters becomes. */
  function graphemeText(grapheme: string): string {
    const key = grapheme.length <= longestGrapheme ? utf8.encode(grapheme) : undefined
    const whole = key !== undefined && key.length <= longestGrapheme ? lookUp(key) : undefined
    return whole ?? Array.from(grapheme, (char) => charText(char.codePointAt(0)!) ?? char).join('')
  }

  return {
    mayChange(text, start, end) {
      for (let at = start; at < end; at++) if (text[at]! >= 0x80 || latinChanges[text[at]!] === 1) return true
      return false
    },
    cutsBeforeSpace: true,
    keepsSpaces: charText(0x20) === null && keepsPrintableAscii(),
    normalize(text) {
      let normal = ''
      /** What is before is in `normal`; characters that stay are copied in whole runs. */
      let copied = 0
      for (let at = 0; at < text.length;) {
        // A character below the first mark, before another such, is a grapheme; so is the last one. Only a line break may be two.
        let unit = text.charCodeAt(at)
        while (unit < firstMark && unit !== carriageReturn) {
          const next = text.charCodeAt(at + 1)
          if (next >= firstMark) break
          if (latinChanges[unit] === 1) {
            normal += text.slice(copied, at) + charText(unit)!
            copied = at + 1
          }
          at++
          unit = next
        }
        if (at >= text.length) break
        const code = text.codePointAt(at)!
        const end = graphemeEnd(text, at)
        const isOne = end === at + (code > 0xffff ? 2 : 1)
        const changed = isOne ? charText(code) : graphemeText(text.slice(at, end))
        if (changed !== null) {
          normal += text.slice(copied, at) + changed
          copied = end
        }
        at = end
      }
      return copied === 0 ? text : normal + text.slice(copied)
    },
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}
