import { codePointsOfClass } from './expression-classes.ts'
import { codePointAt } from './code-point.ts'

let table: Uint8Array | undefined

/** Whether the character at `at` is punctuation or a symbol, by the reference's general categories. */
export function isPunctuationOrSymbol(bytes: Uint8Array, at: number): boolean {
  if (table === undefined) {
    table = new Uint8Array(0x110000)
    for (const name of ['P', 'S'])
      for (const [start, end] of codePointsOfClass(name)) table.fill(1, start, end)
  }
  return table[codePointAt(bytes, at)] === 1
}
