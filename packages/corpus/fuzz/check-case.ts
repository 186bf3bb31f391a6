import { isDeepStrictEqual } from 'node:util'
import type { Draw } from './draw.ts'
import type { FuzzCase } from './draw-case.ts'
import type { Oracle, Reference } from './oracle.ts'
import { readInSegments, readWhole, type Outcome } from './read-case.ts'

/**
 * What a case showed. `fault`: the fast and the slow path differ, other rows than the reference gives were accepted, or
 * something threw another error than ours. `lenient`: accepted where the reference refuses. `strict`: the other way round.
 */
export interface Verdict {
  readonly kind: 'fault' | 'lenient' | 'strict' | 'accepted' | 'refused'
  readonly what: string
}

/** Reads an input in several ways and compares. */
export async function checkCase(input: FuzzCase, draw: Draw, oracle: Oracle | undefined): Promise<Verdict> {
  const sizes = [1 + draw.below(9), 1 + draw.below(300)]
  let whole: Outcome
  let cut: Outcome
  try {
    whole = await readWhole(input)
    cut = await readInSegments(input, sizes)
  } catch (error) {
    return { kind: 'fault', what: `threw ${error instanceof Error ? error.stack : String(error)}` }
  }
  if (!same(whole, cut)) {
    return { kind: 'fault', what: `whole ${brief(whole)}, in segments ${brief(cut)}` }
  }
  const own = { kind: 'error' in whole ? 'refused' : 'accepted', what: '' } as const
  if (oracle === undefined) return own
  return compare(whole, await oracle.read(input)) ?? own
}

/** Errors may differ in kind: damage may show at different places first. */
function same(left: Outcome, right: Outcome): boolean {
  if ('error' in left || 'error' in right) return 'error' in left && 'error' in right
  return isDeepStrictEqual(left.documents, right.documents)
}

function compare(own: Outcome, reference: Reference): Verdict | undefined {
  if ('error' in own) {
    if ('error' in reference) return undefined
    return { kind: 'strict', what: `${own.error}: ${own.why}` }
  }
  if ('error' in reference) return { kind: 'lenient', what: reference.error }
  const rows = own.documents.map(({ start, text }) => [start, text] as const)
  const equal =
    rows.length === reference.rows.length &&
    reference.rows.every(
      ([position, text], k) => rows[k]![1] === text && (position === null || rows[k]![0] === position),
    )
  if (equal) return undefined
  return {
    kind: 'fault',
    what: `rows ${brief(own)}, reference ${JSON.stringify(reference.rows).slice(0, 300)}`,
  }
}

function brief(outcome: Outcome): string {
  return 'error' in outcome
    ? outcome.why
    : JSON.stringify(outcome.documents.map(({ start, text }) => [start, text])).slice(0, 300)
}
