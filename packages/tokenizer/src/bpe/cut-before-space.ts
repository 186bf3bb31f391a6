import { tokenBytes } from '../vocabulary/vocabulary.ts'
import type { ByteLevelModel } from './byte-level-model.ts'

/**
 * Whether a piece may be cut before a space, whatever else it holds: no token has the space after the byte that stands before it, so no merge
 * ever joins the two, and what is merged on either side is merged alone. The tokens are looked through when it is first asked. Where a byte is
 * left out because no token is of it, what is on its other side comes next, so there is no cut beside one.
 */
export function cutBeforeSpace({
  vocabulary,
  wholeTokens,
  missingBytes,
}: ByteLevelModel): (bytes: Uint8Array, offset: number) => boolean {
  const missing = missingBytes?.missing
  if (missing?.[0x20] === 1) return () => false
  let joined: Uint8Array | undefined
  return (bytes, offset) => {
    joined ??= bytesBeforeSpaces()
    return bytes[offset] === 0x20 && joined[bytes[offset - 1]!] === 0
  }

  function bytesBeforeSpaces(): Uint8Array {
    const before = Uint8Array.from(missing ?? new Uint8Array(256))
    const { bytes, offsets } = tokenBytes(vocabulary)
    for (let rank = 256; rank < vocabulary.size; rank++) {
      for (let at = offsets[rank]! + 1; at < offsets[rank + 1]!; at++)
        if (bytes[at] === 0x20) before[bytes[at - 1]!] = 1
    }
    for (const token of wholeTokens.keys()) {
      for (let at = token.indexOf(' ', 1); at > 0; at = token.indexOf(' ', at + 1))
        before[token.charCodeAt(at - 1)] = 1
    }
    return before
  }
}
