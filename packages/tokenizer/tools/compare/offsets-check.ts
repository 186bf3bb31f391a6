import { type Encoding, TokenizerError } from '../../src/index.ts'

type Report = (what: string, text: unknown, ours: unknown, theirs: unknown) => void

/** Compares places of tokens, in code points, with those of the reference. A refusal is no difference. */
export function createOffsetsCheck(report: Report) {
  return (
    encoding: Encoding,
    text: string,
    starts: ArrayLike<number>,
    ends: ArrayLike<number> | undefined,
  ): void => {
    let places: readonly [starts: readonly number[], ends: readonly number[]]
    try {
      places = placesOf(encoding, text)
    } catch (error) {
      if (error instanceof TokenizerError && error.code === 'unsupported-component') return
      throw error
    }
    compare('starts', places[0], starts)
    if (ends !== undefined) compare('ends', places[1], ends)

    function compare(what: string, ours: readonly number[], theirs: ArrayLike<number>): void {
      const i = ours.findIndex((place, at) => place !== theirs[at])
      if (i >= 0 || ours.length !== theirs.length)
        report(`offsets (${what})`, text, ours.slice(i, i + 4), Array.from(theirs).slice(i, i + 4))
    }
  }
}

function placesOf(encoding: Encoding, text: string): readonly [starts: number[], ends: number[]] {
  const { starts, ends } = encoding.encodeWithOffsets(text, { allowedSpecial: 'all' })
  const pointOfUnit = new Uint32Array(text.length + 1)
  let unit = 0
  let point = 0
  for (const char of text) {
    pointOfUnit[unit] = point++
    unit += char.length
  }
  pointOfUnit[unit] = point
  return [Array.from(starts, (at) => pointOfUnit[at]!), Array.from(ends, (at) => pointOfUnit[at]!)]
}
