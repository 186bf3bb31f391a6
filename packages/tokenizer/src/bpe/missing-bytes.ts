import type { PieceEncoder } from './piece-encoder.ts'

/** Bytes that no token is of: a tokenizer trained without the whole alphabet. */
export interface MissingBytes {
  /** 1 for each byte that is missing. */
  readonly missing: Uint8Array
  /** The token that stands for them; absent, they are left out, and what is on either side is merged as if they had not been there. */
  readonly unknown?: {
    readonly rank: number
    /** Whether neighbours become one token. */
    readonly fuses: boolean
  }
}

/** Encodes pieces that hold missing bytes as Hugging Face's BPE does. */
export function withMissingBytes(inner: PieceEncoder, { missing, unknown }: MissingBytes): PieceEncoder {
  let kept = new Uint8Array(256)

  function leaveOut(bytes: Uint8Array, start: number, end: number, target: Uint32Array, at: number): number {
    if (kept.length < end - start) kept = new Uint8Array(2 * (end - start))
    let length = 0
    for (let i = start; i < end; i++) if (missing[bytes[i]!] === 0) kept[length++] = bytes[i]!
    return length === 0 ? at : inner.encodePiece(kept, 0, length, target, at)
  }

  return {
    encodePiece(bytes, start, end, target, at) {
      let from = start
      while (from < end && missing[bytes[from]!] === 0) from++
      if (from === end) return inner.encodePiece(bytes, start, end, target, at)
      if (unknown === undefined) return leaveOut(bytes, start, end, target, at)
      for (let next = start; next < end;) {
        let to = next
        while (to < end && missing[bytes[to]!] === 0) to++
        if (to > next) at = inner.encodePiece(bytes, next, to, target, at)
        const firstUnknown = at
        for (; to < end && missing[bytes[to]!] === 1; to++) {
          if (at === firstUnknown || !unknown.fuses) target[at++] = unknown.rank
        }
        next = to
      }
      return at
    },
  }
}
