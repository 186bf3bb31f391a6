// The tokenizer's inner loop: find where pieces start, look each up, encode those that are new.
//
// Every function reads the text [start, end), which 64 bytes of 0xFF follow, and writes ids from `out` on, where there is
// room for one id a byte and 40 bytes more. It returns where the ids end, or 0 when the text is not UTF-8.
import { build } from './build'
import { emitPieces, seed } from './cache'
import { encodePiece } from './piece'
import { scanCl100k, scanGpt2, scanO200k } from './scan'
import { startsCl100k, startsGpt2, startsO200k } from './starts'
import { configure, pieceList } from './state'

export { build, configure, encodePiece, seed }

/** Write the ids of pieces that were found elsewhere: where `count` of them start, and the last one ends, is in the list. */
export function encodeListed(count: u32, out: usize): usize {
  return emitPieces(pieceList + (<usize>count << 2), out)
}

const gpt2: u32 = 0
const cl100k: u32 = 1

export function encodeGpt2(start: usize, end: usize, out: usize): usize {
  return encode(gpt2, start, end, out)
}

export function encodeCl100k(start: usize, end: usize, out: usize): usize {
  return encode(cl100k, start, end, out)
}

export function encodeO200k(start: usize, end: usize, out: usize): usize {
  return encode(2, start, end, out)
}

// @ts-ignore: decorator
@inline
function startsIn(family: u32, at: usize): u64 {
  return family == gpt2 ? startsGpt2(at) : family == cl100k ? startsCl100k(at) : startsO200k(at)
}

// @ts-ignore: decorator
@inline
function scan(family: u32, start: usize, end: usize): usize {
  return family == gpt2 ? scanGpt2(start, end) : family == cl100k ? scanCl100k(start, end) : scanO200k(start, end)
}

/** Pieces are first found, then looked up, this many at a time: so the look-ups need not wait for each other. */
const batch: usize = 1024

// @ts-ignore: decorator
@inline
function encode(family: u32, start: usize, end: usize, out: usize): usize {
  const listEnd = pieceList + (batch << 2)
  while (start < end) {
    let list = pieceList
    while (list < listEnd && start < end) {
      let after = start
      if (start + 64 <= end) {
        let starts = startsIn(family, start)
        const last = <usize>(63 - clz(starts))
        starts ^= (<u64>1) << last
        while (starts != 0) {
          store<u32>(list, <u32>(start + <usize>ctz(starts)))
          list += 4
          starts &= starts - 1
        }
        start += last
        if (last != 0) continue
        after += 32
      }
      // Nothing certain here, or the text's last bytes: piece by piece.
      do {
        const next = scan(family, start, end)
        if (next == 0) return 0
        store<u32>(list, <u32>start)
        list += 4
        start = next
      } while (start < after && list < listEnd)
    }
    store<u32>(list, <u32>start)
    out = emitPieces(list, out)
  }
  return out
}
