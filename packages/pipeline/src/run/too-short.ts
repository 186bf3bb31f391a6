import { option, sentence, type Sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { TokenIndex } from '../tokens/token-stream.ts'
import { tallyFaults, type Faults } from './faults.ts'

/** Returns the error of a corpus that gives no window: it says how many ids there are, and what was left out and where. */
export function tooShort(plan: Plan, stream: TokenIndex): RunError {
  const faults = tallyFaults(plan, stream)
  if (stream.tokens === 0) return noText(plan, faults)
  const { maxLength, tail, boundary } = plan.config
  const needed = tail === 'pad' ? 2 : maxLength + 1
  const whose = plan.split === undefined ? '' : ` in ${plan.split} (the split chooses whole documents)`
  const got =
    boundary === 'cross'
      ? String(stream.tokens)
      : `${stream.tokens} in ${stream.documents} documents, all shorter`
  return new RunError(
    'too-short',
    sentence`Expected at least ${needed} tokens for one window of ${maxLength} and its target${whose}, got ${got}${leftOut(plan, faults)}; add text or use a smaller ${option('maxLength')}`,
  )
}

function noText(plan: Plan, faults: Faults): RunError {
  const where = plan.split === undefined ? 'the corpus' : `${plan.split} (the split chooses whole documents)`
  const why = leftOut(plan, faults) || (plan.split === undefined ? ': the sources hold no documents' : '')
  const message: Sentence = [`Expected text in ${where}, got none${why}`]
  if ('missing-field' in faults.counts) {
    const effect = 'names the field or column that holds the text'
    return new RunError('too-short', message, { hint: { option: 'textField', effect } })
  }
  return new RunError('too-short', message)
}

/** Lists what was left out, by reason, each with its first place. */
function leftOut({ sources }: Plan, { counts, first }: Faults): string {
  const reasons = Object.entries(counts).map(([reason, count]) => {
    const place = first[reason]?.[0]
    const where = place === undefined ? '' : `, first in ${sources[place.source]?.name} at ${place.position}`
    return `${count} × ${reason}${where}`
  })
  return reasons.length === 0 ? '' : `; left out: ${reasons.join('; ')}`
}
