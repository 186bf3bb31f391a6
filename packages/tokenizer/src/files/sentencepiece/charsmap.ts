import { TokenizerError } from '../../errors.ts'

/** What a map of characters makes of the beginning of a text. */
export interface Replaced {
  /** How many bytes it replaces; 0 when it replaces none. */
  readonly length: number
  readonly by: Uint8Array
}

const nothing: Replaced = { length: 0, by: new Uint8Array(0) }

/**
 * Reads a precompiled map of characters: the length of a trie in bytes, the trie (a double array of darts-clone), and the texts that it leads to, each
 * with a NUL after it. The longest entry counts.
 *
 * @throws TokenizerError `invalid-vocabulary` when the lengths do not fit
 */
export function createCharsmap(map: Uint8Array): (bytes: Uint8Array, at: number) => Replaced {
  if (map.length === 0) return () => nothing
  const view = new DataView(map.buffer, map.byteOffset, map.byteLength)
  const trieLength = map.length < 8 ? 0 : view.getUint32(0, true)
  if (trieLength < 4 || trieLength % 4 !== 0 || trieLength + 4 > map.length) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected a map of characters with a trie of ${trieLength} bytes, got ${map.length} bytes in all`,
    )
  }
  const units = Uint32Array.from({ length: trieLength / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const texts = map.subarray(4 + trieLength)
  const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6)

  return function replace(bytes, at) {
    let node = offsetOf(units[0]!)
    let value = -1
    let end = at
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!
      node ^= byte
      const unit = units[node] ?? 0
      if ((unit & 0x800000ff) >>> 0 !== byte) break
      node ^= offsetOf(unit)
      if (((unit >>> 8) & 1) === 1) {
        value = (units[node] ?? 0) & 0x7fffffff
        end = i + 1
      }
    }
    if (value < 0) return nothing
    const stop = texts.indexOf(0, value)
    return { length: end - at, by: texts.subarray(value, stop < 0 ? texts.length : stop) }
  }
}
