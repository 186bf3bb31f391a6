import { graphemeClassRuns } from './grapheme-class-runs.ts'

/** How a code point joins others into a grapheme, as bits. Hangul is told by its code points. */
export const GraphemeClass = {
  /** Joins what stands before it: a mark, a joiner. */
  extends: 1 << 0,
  /** Joins what follows it. */
  prepends: 1 << 1,
  /** Joins nothing, but for CR and LF each other: a control, a separator, a format. */
  alone: 1 << 2,
  /** Joins another one across a zero-width joiner. */
  pictographs: 1 << 3,
  /** Joins another one across a linker. */
  consonants: 1 << 4,
  /** A mark that links consonants. */
  linkers: 1 << 5,
  /** A mark that may stand between a consonant and a linker. */
  between: 1 << 6,
} as const

type ClassName = keyof typeof graphemeClassRuns

let table: Uint8Array | undefined

/** The bits of every code point, built on first use (1.1 MB, shared by all tokenizers of a thread). */
export function graphemeClassTable(): Uint8Array {
  if (table === undefined) {
    table = new Uint8Array(0x110000)
    table[0] = GraphemeClass.alone
    for (const name of Object.keys(graphemeClassRuns) as ClassName[]) addRuns(table, name)
  }
  return table
}

function addRuns(classes: Uint8Array, name: ClassName): void {
  const numbers = graphemeClassRuns[name].split(' ').map((number) => parseInt(number, 36))
  let at = 0
  for (let i = 0; i < numbers.length; i += 2) {
    at += numbers[i]!
    for (const end = at + numbers[i + 1]!; at < end; at++) classes[at]! |= GraphemeClass[name]
  }
}
