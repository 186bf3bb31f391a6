/** A Unigram model as plain as it can be said. */
export interface PlainUnigram {
  readonly scores: ReadonlyMap<string, number>
  /** Score of a character without a token of its own. */
  readonly unknownScore: number
}

/** A token of a text; undefined stands for a run of unknown characters. */
export type PlainToken = string | undefined

/**
 * Unigram by its definition, as slow as it is obvious: the best way to each place is looked for among all ways to the places before it.
 * Sums are added from the left, and of equal ones that with the longer last token wins. Kept to test the fast search against.
 */
export function bestPath(text: string, { scores, unknownScore }: PlainUnigram): PlainToken[] {
  const chars = Array.from(text)
  const best: { sum: number; tokens: PlainToken[] }[] = [{ sum: 0, tokens: [] }]
  for (let end = 1; end <= chars.length; end++) {
    let found: { sum: number; tokens: PlainToken[] } | undefined
    for (let start = 0; start < end; start++) {
      const before = best[start]!
      const token = chars.slice(start, end).join('')
      const isUnknown = end === start + 1 && !scores.has(token)
      const score = isUnknown ? unknownScore : scores.get(token)
      if (score === undefined) continue
      const sum = before.sum + score
      if (found === undefined || sum > found.sum)
        found = { sum, tokens: [...before.tokens, isUnknown ? undefined : token] }
    }
    best.push(found!)
  }
  return best
    .at(-1)!
    .tokens.filter((token, i, all) => token !== undefined || i === 0 || all[i - 1] !== undefined)
}
