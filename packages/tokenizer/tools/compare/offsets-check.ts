import { type Encoding, TokenizerError } from '../../src/index.ts'

type Report = (what: string, text: unknown, ours: unknown, theirs: unknown) => void

/** Compares places of tokens with those of the reference, which counts code points. A refusal is no difference. */
export function createOffsetsCheck(report: Report) {
  return (encoding: Encoding, text: string, theirs: readonly (readonly [number, number])[]): void => {
    let ours: [number, number][]
    try {
      const { starts, ends } = encoding.encodeWithOffsets(text)
      const pointOfUnit = new Map<number, number>()
      let unit = 0
      let point = 0
      for (const char of text) {
        pointOfUnit.set(unit, point)
        unit += char.length
        point++
      }
      pointOfUnit.set(unit, point)
      ours = Array.from(starts, (start, i) => [pointOfUnit.get(start)!, pointOfUnit.get(ends[i]!)!])
    } catch (error) {
      if (error instanceof TokenizerError && error.code === 'unsupported-component') return
      throw error
    }
    const i = ours.findIndex(
      ([start, end], place) => start !== theirs[place]?.[0] || end !== theirs[place]?.[1],
    )
    if (i >= 0 || ours.length !== theirs.length)
      report('offsets', text, ours.slice(i, i + 4), theirs.slice(i, i + 4))
  }
}
