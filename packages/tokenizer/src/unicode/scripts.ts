import { scriptRuns } from './script-runs.ts'

/** The script of characters that go with every other. */
export const anyScript = 0

let table: Uint8Array | undefined

/** A number for the script of every code point, built on first use (1.1 MB, shared by all tokenizers of a thread). */
export function scriptTable(): Uint8Array {
  if (table === undefined) {
    table = new Uint8Array(0x110000)
    let start = 0
    for (const [, length, letters] of scriptRuns.matchAll(/([0-9a-z]*)([A-Z]{2})/g)) {
      const end = start + (length === '' ? 1 : parseInt(length ?? '', 36))
      table.fill(26 * (letters!.charCodeAt(0) - 0x41) + (letters!.charCodeAt(1) - 0x41), start, end)
      start = end
    }
  }
  return table
}
