import { option, sentence, type Sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import type { TokenIndex } from '../tokens/token-stream.ts'
import { tallyFaults, type Faults } from './faults.ts'

/** Returns the error of a corpus that gives no window: it says how many ids there are, and what was left out and where. */
export async function tooShort(
  plan: Plan,
  sources: PlannedSourceReader,
  stream: TokenIndex,
): Promise<RunError> {
  const lost = await leftOut(sources, await tallyFaults(sources, stream))
  if (stream.tokens === 0) return noText(plan, lost)
  const { maxLength, tail, boundary } = plan.config
  const needed = tail === 'pad' ? 2 : maxLength + 1
  const whose = plan.split === undefined ? '' : ` in ${plan.split} (the split chooses whole documents)`
  const got =
    boundary === 'cross'
      ? String(stream.tokens)
      : `${stream.tokens} in ${stream.documents} documents, all shorter`
  return new RunError(
    'too-short',
    sentence`Expected at least ${needed} tokens for one window of ${maxLength} and its target${whose}, got ${got}${lost.text}; add text or use a smaller ${option('maxLength')}`,
  )
}

function noText(plan: Plan, lost: LeftOut): RunError {
  const where = plan.split === undefined ? 'the corpus' : `${plan.split} (the split chooses whole documents)`
  const why = lost.text || (plan.split === undefined ? ': the sources hold no documents' : '')
  const message: Sentence = [`Expected text in ${where}, got none${why}`]
  if (lost.reasons.includes('missing-field')) {
    const effect = 'names the field or column that holds the text'
    return new RunError('too-short', message, { hint: { option: 'textField', effect } })
  }
  return new RunError('too-short', message)
}

interface LeftOut {
  readonly reasons: readonly string[]
  /** For the end of a message; empty where nothing was left out. */
  readonly text: string
}

/** Lists what was left out, by reason, each with its first place. */
async function leftOut(sources: PlannedSourceReader, { counts, first }: Faults): Promise<LeftOut> {
  const lines: string[] = []
  for (const [reason, count] of Object.entries(counts)) {
    const place = first[reason]?.[0]
    const name = place && (await sources.at(place.source))?.name
    const where = place === undefined ? '' : `, first in ${name} at ${place.position}`
    lines.push(`${count} × ${reason}${where}`)
  }
  return {
    reasons: Object.keys(counts),
    text: lines.length === 0 ? '' : `; left out: ${lines.join('; ')}`,
  }
}
