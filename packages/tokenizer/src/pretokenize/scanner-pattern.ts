import type { Scanner } from './scanner.ts'
import type { Matches } from './split.ts'

/** The matches of a pattern that leaves nothing out: the pieces that its scanner cuts. */
export function scannerMatches(scan: Scanner): Matches {
  return {
    beforeSpace: 'border',
    findMatches(bytes, start, end, emit) {
      for (let at = start; at < end;) {
        const next = scan(bytes, at, end)
        emit(at, next)
        at = next
      }
    },
  }
}
