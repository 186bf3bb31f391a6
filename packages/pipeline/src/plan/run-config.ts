import { option, sentence } from '@sluice/errors'
import type { EmbeddingDtype } from '@sluice/dataset'
import type { EncodingName } from '@sluice/tokenizer'
import type { z } from 'zod'
import { RunError } from '../errors.ts'
import { describeIssue } from './describe-issue.ts'
import { checkKept } from './kept-columns.ts'
import { checkRelativePositions } from './relative-positions.ts'
import { runOptionsSchema, runSettingsSchema } from './run-options.ts'
import { refuseMeaningless } from './meaningful-options.ts'

/** A run's options as a user gives them; what is left out gets its default. */
export type RunOptions = Readonly<z.input<typeof runOptionsSchema>>

/** Where and how fast a run works. Its output bytes do not depend on them. */
export type RunSettings = Readonly<z.output<typeof runSettingsSchema>>

/** Ids that a row of a document may have where nobody says it. */
const longestDocument = 8192

/** The names of {@link RunSettings}. */
const settingNames = new Set(Object.keys(runSettingsSchema.shape))

/** A run's options, every one resolved. Plain JSON: it is part of the plan, and so of the run's identity. */
export type RunConfig = Readonly<
  Omit<z.output<typeof runOptionsSchema>, 'dim' | 'dtype'> & {
    maxLength: number
    stride: number
    tail: 'drop' | 'pad' | 'error'
    /** Absent where the model says it. */
    dim?: number
    /** Absent where the model says it. */
    dtype?: EmbeddingDtype
    contextLength: number
    separator: 'between' | 'after' | 'none'
    invalid: 'fail' | 'skip' | 'replace'
    /** `replace` is the same for lines and rows. */
    onError: 'fail' | 'skip'
    /** Null where `tokenizer` says which one it is. */
    encoding: EncodingName | null
  }
>

/**
 * Splits the options of a configuration file or command line into a run's configuration and its settings, both checked.
 *
 * @throws RunError `invalid-config` naming the option, what was expected and what was given
 */
export function resolveRunOptions(options: RunOptions & RunSettings): {
  readonly config: RunConfig
  readonly settings: RunSettings
} {
  const entries = Object.entries(options)
  const pick = (isSetting: boolean): object =>
    Object.fromEntries(entries.filter(([name]) => settingNames.has(name) === isSetting))
  const settings = resolveRunSettings(pick(true))
  const config = resolveRunConfig(pick(false) as RunOptions)
  const { provider } = settings
  if (config.to !== null && provider !== undefined) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('provider')} to be left out with ${option('to')}, got ${provider}: nothing is looked up`,
    )
  }
  return { config, settings }
}

/**
 * Checks settings alone, for a run that is planned already.
 *
 * @throws RunError `invalid-config`
 */
export function resolveRunSettings(given: RunSettings): RunSettings {
  const settings = runSettingsSchema.safeParse(given)
  if (settings.success) return settings.data
  throw new RunError('invalid-config', describeIssue(settings.error.issues[0], given))
}

/**
 * Applies the defaults and checks every option, once.
 *
 * @throws RunError `invalid-config` naming the option, what was expected and what was given
 */
export function resolveRunConfig(options: RunOptions): RunConfig {
  const parsed = runOptionsSchema.safeParse(options)
  if (!parsed.success) throw new RunError('invalid-config', describeIssue(parsed.error.issues[0], options))
  refuseMeaningless(parsed.data, options)
  const { per, specialTokens, bos, bosId } = parsed.data
  const isPerDocument = per === 'document'
  const longest = isPerDocument ? (parsed.data.contextLength ?? longestDocument) : 256
  const { maxLength = longest, stride = maxLength, contextLength = maxLength } = parsed.data
  const { onError, invalid = onError } = parsed.data
  // Nothing is cut off that nobody asked to cut.
  const { tail = isPerDocument && parsed.data.maxLength === undefined ? 'error' : 'drop' } = parsed.data
  // A frame tells documents apart, and so do rows of their own.
  const { separator = specialTokens === 'model' || isPerDocument ? 'none' : 'between' } = parsed.data
  if (parsed.data.corpus.filter((source) => source === '-').length > 1) {
    throw new RunError(
      'invalid-config',
      sentence`Expected standard input (-) once in ${option('corpus')}: it can be read only once`,
    )
  }
  if (contextLength < maxLength) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('contextLength')} to be at least ${option('maxLength')} (${maxLength}), got ${contextLength}`,
    )
  }
  if (tail === 'pad' && parsed.data.idType === 'uint16') {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('idType')} to be int32 with ${option('tail')} pad, got \`"uint16"\` (string): the target -100 has no unsigned form`,
    )
  }
  const { model, dim, dtype, ...others } = parsed.data
  const vectors =
    model === null && others.tables === null ? { dim: dim ?? 256, dtype: dtype ?? 'f32' } : { dim, dtype }
  const config: RunConfig = {
    ...others,
    model,
    ...(vectors.dim !== undefined && { dim: vectors.dim }),
    ...(vectors.dtype !== undefined && { dtype: vectors.dtype }),
    ...{ maxLength, stride, contextLength, separator, invalid, tail },
    ...(isPerDocument && { boundary: 'document' }),
    bos: bos || bosId !== null,
    onError: onError === 'fail' ? 'fail' : 'skip',
    encoding: others.tokenizer === null && model === null ? encodingOf(parsed.data) : null,
    // Token files are made without tables, whatever is the default of rows.
    ...(others.to !== null && { embeddings: 'none' }),
  }
  checkIds(config)
  if (config.bos && specialTokens === 'model') {
    throw new RunError(
      'invalid-config',
      sentence`Expected one of ${option('bos')} and ${option('specialTokens')} model, got both: the model's own beginning would stand twice`,
    )
  }
  checkModel(config)
  checkRows(config)
  checkPrune(config)
  checkReference(config)
  checkRelativePositions(config)
  if (config.packing !== 'none') checkPacking(config)
  checkKept(config)
  return config
}

/** Ids need no tokenizer; a text without one is a text of the book. */
function encodingOf({ encoding, format }: z.output<typeof runOptionsSchema>): EncodingName | null {
  return encoding === undefined ? (format === 'ids' ? null : 'gpt2') : encoding
}

/** Options about ids that a corpus holds in place of texts. */
function checkIds(config: RunConfig): void {
  const fail = (name: string, expected: string): never => {
    throw new RunError('invalid-config', sentence`Expected ${option(name)} to be left out ${expected}`)
  }
  if (config.format !== 'ids') {
    for (const name of ['idField', 'idDtype', 'endId', 'vocabSize'] as const)
      if (config[name] !== undefined) fail(name, `without a corpus of ids (format ids)`)
    return
  }
  if (config.vocabSize !== undefined && (config.encoding ?? config.tokenizer ?? config.model) !== null)
    fail('vocabSize', 'with a tokenizer or model, which has its own')
}

/** Options that only a model has, and those that a model decides. */
function checkModel(config: RunConfig): void {
  const check = (name: keyof RunConfig, expected: string, holds: boolean): void => {
    if (holds) return
    const got = JSON.stringify(config[name])
    throw new RunError('invalid-config', sentence`Expected ${option(name)} to be ${expected}, got ${got}`)
  }
  const { model, stage, tokenTensor, computeDtype, semantics, contextLength, maxLength, seed } = config
  const { tables, positionTensor, positionEncoding, scale } = config
  if (tables !== null) {
    check('tables', 'left out with a model', model === null)
    check('seed', 'left out with tables: nothing is drawn', seed === 123)
  }
  if (positionTensor !== null) {
    check('positionTensor', 'left out without tables', tables !== null)
    check('positionEncoding', 'learned with a tensor of positions', positionEncoding === 'learned')
  }
  check('scale', 'a number other than 0', scale !== 0)
  if (model === null) {
    check('stage', 'inputs-embeds without a model', stage === 'inputs-embeds')
    check('tokenTensor', 'left out without a model or tables', tokenTensor === null || tables !== null)
    check('computeDtype', 'left out without a model', computeDtype === null)
    check('semantics', 'left out without a model', semantics === '5')
    return
  }
  check('positionEncoding', 'left out with a model, which has its own', positionEncoding === 'learned')
  check('scale', 'left out with a model, which has its own', scale === 1)
  check('contextLength', 'left out with a model, which has its own positions', contextLength === maxLength)
  check('seed', 'left out with a model: nothing is drawn', seed === 123)
  if (stage === 'inputs-embeds') return
  check('embeddings', 'full for the first block, which is not made on read', config.embeddings === 'full')
  check(
    'tokenTensor',
    'left out for the first block, whose steps are those of the model type',
    tokenTensor === null,
  )
}

/** Only tables that readers add up are worth pruning. */
function checkPrune({ prune, embeddings }: RunConfig): void {
  if (!prune || embeddings === 'lazy') return
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('embeddings')} to be lazy with ${option('prune')}, got ${JSON.stringify(embeddings)}`,
  )
}

/** Only what readers make is made from a checkpoint, and whole. */
function checkReference({ reference, prune, embeddings }: RunConfig): void {
  if (!reference) return
  if (prune)
    throw new RunError(
      'invalid-config',
      sentence`Expected one of ${option('prune')} and ${option('reference')}, got both: rows that are kept are a copy`,
    )
  if (embeddings === 'lazy') return
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('embeddings')} to be lazy with ${option('reference')}, got ${JSON.stringify(embeddings)}`,
  )
}

/** What rows that are documents are made of. */
function checkRows(config: RunConfig): void {
  const { per, pool, embeddings, separator, tail, dtype } = config
  const check = (name: keyof RunConfig, expected: string, holds: boolean): void => {
    if (holds) return
    const got = JSON.stringify(config[name])
    throw new RunError('invalid-config', sentence`Expected ${option(name)} to be ${expected}, got ${got}`)
  }
  if (per === 'window') return check('pool', 'none without rows of documents (per document)', pool === 'none')
  check('separator', 'after or none with a row for each document', separator !== 'between')
  check('tail', 'drop or error with a row for each document', tail !== 'pad')
  if (pool === 'none') return
  check('embeddings', 'full for their mean', embeddings === 'full')
  check('dtype', 'f32 for a mean, which is of float32', dtype === undefined || dtype === 'f32')
  check('stage', 'inputs-embeds for their mean', config.stage === 'inputs-embeds')
  check('idType', 'left out for a mean, which has no ids', config.idType === 'int32')
}

/** What a packed window is only meant for: documents kept apart, each id a target once. */
function checkPacking(config: RunConfig): void {
  const check = (name: keyof RunConfig, expected: string, holds: boolean): void => {
    if (holds) return
    const got = JSON.stringify(config[name])
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option(name)} to be ${expected} with ${option('packing')}, got ${got}`,
    )
  }
  check('boundary', 'document', config.boundary === 'document')
  check('ids', 'twice', config.ids === 'twice')
  check('tail', 'pad', config.tail === 'pad')
  check('documents', 'ids or boundaries', config.documents !== 'none')
  check('positions', 'restart', config.positions === 'restart')
  check('stride', `maxLength (${config.maxLength})`, config.stride === config.maxLength)
}
