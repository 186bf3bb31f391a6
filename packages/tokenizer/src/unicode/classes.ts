import { classRuns } from './class-runs.ts'

/**
 * What the patterns of byte-level BPE distinguish, as small numbers.
 * `other` must stay 0 (the table's default); the order is otherwise free.
 */
export const CharClass = {
  /** Neither letter, mark, number nor white space: punctuation, symbols, controls, unassigned. */
  other: 0,
  /** \p{Lu} and \p{Lt} */
  upper: 1,
  /** \p{Ll} */
  lower: 2,
  /** \p{Lm} and \p{Lo}: both in the upper and in the lower class of o200k. */
  caseless: 3,
  /** \p{M} */
  mark: 4,
  /** \p{N} */
  number: 5,
  /** \s except CR and LF; with U+0085, without U+FEFF. */
  space: 6,
  /** CR or LF */
  newline: 7,
} as const
export type CharClass = (typeof CharClass)[keyof typeof CharClass]

const classOfLetter: Readonly<Record<string, CharClass>> = {
  O: CharClass.other,
  U: CharClass.upper,
  L: CharClass.lower,
  B: CharClass.caseless,
  M: CharClass.mark,
  N: CharClass.number,
  S: CharClass.space,
  C: CharClass.newline,
}

/** A run of neighbouring code points of one class; `end` is exclusive. */
export interface ClassRun {
  readonly start: number
  readonly end: number
  readonly charClass: CharClass
}

/** The pinned Unicode 16 classes as runs in code-point order, covering 0 to 0x10FFFF. */
export function* classRunsInOrder(): Generator<ClassRun> {
  let start = 0
  for (const [, length, letter] of classRuns.matchAll(/([0-9a-z]*)([A-Z])/g)) {
    const end = start + (length === '' ? 1 : parseInt(length ?? '', 36))
    const charClass = classOfLetter[letter ?? '']
    if (charClass === undefined) throw new Error(`Unknown class letter ${letter} in the class runs`)
    yield { start, end, charClass }
    start = end
  }
}

let table: Uint8Array | undefined

/** The class of every code point, built on first use (1.1 MB, shared by all encodings of a thread). */
export function classTable(): Uint8Array {
  if (table === undefined) {
    table = new Uint8Array(0x110000)
    for (const { start, end, charClass } of classRunsInOrder()) {
      if (charClass !== CharClass.other) table.fill(charClass, start, end)
    }
  }
  return table
}
