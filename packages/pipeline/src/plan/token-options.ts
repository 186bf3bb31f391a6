import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'

/** The options that mean something for token files: of what text there is, and which ids it makes. */
const tokenOptions: ReadonlySet<string> = new Set([
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
  'separatorId',
  'bos',
  'bosId',
  'specialTokens',
  'special',
  'separator',
  'onPoison',
  'split',
  'to',
])

/** @throws RunError `invalid-config` naming the first option that is about windows or embeddings */
export function refuseWindowOptions(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || tokenOptions.has(name)) continue
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option(name)} to be left out with ${option('to')}, got ${JSON.stringify(value)}: token files have no windows and no embeddings`,
    )
  }
}

/** Those of a configuration's options that mean something for what it makes. */
export function statedOptions<T extends { readonly to: string | null }>(config: T): Partial<T> {
  if (config.to === null) return config
  return Object.fromEntries(Object.entries(config).filter(([name]) => tokenOptions.has(name))) as Partial<T>
}
