import type { PreTokenizerStep } from './pieces.ts'

/** Puts a space before each piece that does not begin with one. */
export const prefixSpace: PreTokenizerStep = {
  beforeSpace: 'split',
  keepsText: false,
  cut(from, to) {
    let room = from.count
    for (let i = 0; i < from.count; i++) room += from.ends[i]! - from.starts[i]!
    const bytes = new Uint8Array(room)
    to.reset(bytes, from.isFirst)
    let at = 0
    for (let i = 0; i < from.count; i++) {
      const start = at
      if (from.bytes[from.starts[i]!] !== 0x20) bytes[at++] = 0x20
      bytes.set(from.bytes.subarray(from.starts[i], from.ends[i]), at)
      at += from.ends[i]! - from.starts[i]!
      to.push(start, at)
    }
  },
}
