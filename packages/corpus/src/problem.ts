/** Why a piece of content was dropped or repaired. */
export const problemReasons = [
  'invalid-utf8',
  'lone-surrogate',
  'broken-json',
  'broken-csv',
  'missing-field',
  'empty-document',
  'line-too-long',
  'invalid-ids',
] as const

/** One of {@link problemReasons}. */
export type ProblemReason = (typeof problemReasons)[number]

/** One fault found in the content of a source. */
export interface Problem {
  readonly reason: ProblemReason
  /** Byte offset in the (decompressed) source, or row number (from 0) for Parquet and Arrow. */
  readonly position: number
  /** What was done about it. */
  readonly action: 'skipped' | 'replaced'
  /** One line for a person. */
  readonly detail: string
}

/** Problems of one reason: how many, and where the first ones are. */
export interface ProblemCount {
  readonly count: number
  /** Positions of the first ones, ascending, at most as many as the tally keeps. */
  readonly first: readonly number[]
}

/** Plain data, as it goes into a receipt or a manifest: only reasons that occurred. */
export type ProblemCounts = Readonly<Partial<Record<ProblemReason, ProblemCount>>>

/** How many positions a {@link ProblemTally} keeps of each reason by default. */
const defaultPositionsKept = 10

/** Counts problems by reason in bounded memory. The same problems in the same order give the same counts. */
export class ProblemTally {
  readonly #kept: number
  readonly #counts = new Map<ProblemReason, { count: number; first: number[] }>()

  /** @param kept positions kept of each reason */
  constructor(kept: number = defaultPositionsKept) {
    this.#kept = kept
  }

  /** Counts a problem, and keeps its place among the first of its kind. */
  add(problem: Problem): void {
    const entry = this.#entry(problem.reason)
    entry.count++
    if (entry.first.length < this.#kept) entry.first.push(problem.position)
  }

  /** Adds the counts of a later segment of the same source: call in segment order. */
  append(counts: ProblemCounts): void {
    for (const reason of problemReasons) {
      const more = counts[reason]
      if (more === undefined) continue
      const entry = this.#entry(reason)
      entry.count += more.count
      entry.first.push(...more.first.slice(0, this.#kept - entry.first.length))
    }
  }

  /** How many problems there were, by kind. */
  counts(): ProblemCounts {
    const counts: Partial<Record<ProblemReason, ProblemCount>> = {}
    for (const reason of problemReasons) {
      const entry = this.#counts.get(reason)
      if (entry !== undefined) counts[reason] = { count: entry.count, first: [...entry.first] }
    }
    return counts
  }

  #entry(reason: ProblemReason): { count: number; first: number[] } {
    let entry = this.#counts.get(reason)
    if (entry === undefined) this.#counts.set(reason, (entry = { count: 0, first: [] }))
    return entry
  }
}
