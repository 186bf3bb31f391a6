import { option, sentence, type OptionMention } from '@sluice/errors'
import { RunError } from '../errors.ts'

/** The options that mean something whatever is made: of what text there is, and which ids it makes. */
const textOptions = [
  'corpus',
  'format',
  'idField',
  'idDtype',
  'endId',
  'vocabSize',
  'compression',
  'textField',
  'csvSeparator',
  'links',
  'maxLineBytes',
  'maxBatchBytes',
  'maxWindowBytes',
  'maxTextBytes',
  'maxRatio',
  'maxPieceBytes',
  'onError',
  'invalid',
  'encoding',
  'tokenizer',
  'tokenizerPattern',
  'tokenizerSpecials',
  'separatorId',
  'bos',
  'bosId',
  'specialTokens',
  'special',
  'separator',
  'onPoison',
  'split',
] as const

/** Something a run can make in place of windows: which options mean something for it. */
interface Made {
  /** The option that asks for it. */
  readonly asked: OptionMention
  readonly meaningful: ReadonlySet<string>
  /** Why the others do not. */
  readonly why: string
}

const made: Readonly<Record<'tokens' | 'documents', Made>> = {
  tokens: {
    asked: option('to'),
    meaningful: new Set([...textOptions, 'to']),
    why: 'token files have no windows and no embeddings',
  },
  documents: {
    asked: option('per', 'document'),
    meaningful: new Set([
      ...textOptions,
      ...['per', 'pool', 'maxLength', 'tail', 'idType', 'ipc', 'keep', 'maxKeptBytes'],
      ...['embeddings', 'prune', 'reference', 'dtype', 'dim', 'seed', 'contextLength', 'model'],
      ...[
        'stage',
        'tokenTensor',
        'computeDtype',
        'semantics',
        'tables',
        'positionTensor',
        'positionEncoding',
        'heads',
      ],
      ...['positionBase', 'scale'],
    ]),
    why: 'rows of documents have no windows',
  },
}

/** What decides what a run makes. */
interface Asked {
  readonly to: string | null
  readonly per: string
}

/** What a run makes in place of windows; undefined where it makes those. */
function madeBy({ to, per }: Asked): Made | undefined {
  if (to !== null) return made.tokens
  return per === 'document' ? made.documents : undefined
}

/**
 * @param options as they were given
 * @throws RunError `invalid-config` naming the first option that means nothing for what is made
 */
export function refuseMeaningless(asked: Asked, options: object): void {
  const what = madeBy(asked)
  if (what === undefined) return
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || what.meaningful.has(name)) continue
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option(name)} to be left out with ${what.asked}, got ${JSON.stringify(value)}: ${what.why}`,
    )
  }
}

/** Those of a configuration's options that mean something for what it makes. */
export function statedOptions<T extends Asked>(config: T): Partial<T> {
  const what = madeBy(config)
  if (what === undefined) return config
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => what.meaningful.has(name)),
  ) as Partial<T>
}
