import { Pieces, type PreTokenizerStep } from './pieces.ts'
import { literalPattern } from './literal-pattern.ts'
import { splitStep } from './split.ts'

/** What a Metaspace does. */
export interface MetaspaceOptions {
  /** The character that stands for a space. */
  readonly replacement: string
  /** Before which pieces it is put where they do not begin with it: all, the one that begins the text, none. */
  readonly prependScheme: 'always' | 'first' | 'never'
  /** Whether pieces are cut before it. */
  readonly split: boolean
}

const utf8 = new TextEncoder()

/** Metaspace: writes spaces as a character of their own, puts one before words, cuts there. */
export function metaspace({ replacement, prependScheme, split }: MetaspaceOptions): PreTokenizerStep {
  const mark = utf8.encode(replacement)
  const marked = new Pieces()
  const cutBefore = splitStep(
    { ...literalPattern(replacement), beforeSpace: 'border' },
    'MergedWithNext',
    false,
  )

  function write(from: Pieces, to: Pieces): void {
    const { bytes: source, starts, ends, count } = from
    let room = 0
    for (let i = 0; i < count; i++) room += (ends[i]! - starts[i]! + 1) * mark.length
    const bytes = new Uint8Array(room)
    to.reset(bytes, from.isFirst)
    let at = 0
    for (let i = 0; i < count; i++) {
      const start = at
      const isPrepended = prependScheme === 'always' || (prependScheme === 'first' && i === 0 && from.isFirst)
      const begins = source[starts[i]!] === 0x20 || startsWith(source, starts[i]!, ends[i]!, mark)
      if (isPrepended && !begins) for (let k = 0; k < mark.length; k++) bytes[at++] = mark[k]!
      for (let j = starts[i]!; j < ends[i]!; j++) {
        const byte = source[j]!
        if (byte !== 0x20) bytes[at++] = byte
        else for (let k = 0; k < mark.length; k++) bytes[at++] = mark[k]!
      }
      to.push(start, at)
    }
  }

  return {
    // Without a cut the space is gone, and what later steps promise of spaces with it.
    beforeSpace: split ? 'border' : 'unknown',
    keepsText: false,
    cut(from, to) {
      if (!split) {
        write(from, to)
        return
      }
      write(from, marked)
      cutBefore.cut(marked, to)
    },
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start < wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false
  return true
}
