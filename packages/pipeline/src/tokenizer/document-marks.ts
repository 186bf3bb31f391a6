import { option, sentence } from '@sluice/errors'
import { TokenizerError, type Encoding, type TokenizerFileKind } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { DocumentFrame } from '../plan/document-frame.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { beginRole, endRole, findNamedId, readModelType, type NamedId } from './named-token.ts'
import { knowsTexts, type noTokenizer } from './opaque-ids.ts'
import { textBegins, textEnds, turnEnds, usualMarksOf, type UsualMarks } from './usual-marks.ts'

/** What a configuration says about the ids that are no text. */
export type MarkChoice = Pick<RunConfig, 'separatorId'> &
  Partial<Pick<RunConfig, 'separator' | 'bos' | 'bosId' | 'specialTokens'>>

/** An id that is no text, as it is shown. */
export interface DocumentMark extends NamedId {
  /** Null for ids without a tokenizer. */
  readonly text: string | null
}

/** The ids that a run puts between and around documents, and who said so. Plain JSON. */
export interface DocumentMarks {
  /** Where the separator stands. */
  readonly place: RunConfig['separator']
  /** The id between documents, which also fills windows up. */
  readonly separator: DocumentMark
  /** Ids before each document's text. */
  readonly before: readonly DocumentMark[]
  /** Ids after it. */
  readonly after: readonly DocumentMark[]
  /** What is unusual for the model. */
  readonly cautions: readonly string[]
}

/** Where a tokenizer was read. */
export interface MarkSources {
  /** The model's folder. */
  readonly model: string | null
  /** The folder that the tokenizer's file lies in; undefined for a built-in one. */
  readonly folder: string | undefined
  readonly kind: TokenizerFileKind | 'built-in' | typeof noTokenizer
}

/**
 * Decides what stands between and around documents.
 *
 * @throws RunError `invalid-config` for an id outside the vocabulary, and where nothing names the id that is wanted
 */
export async function chooseMarks(
  encoding: Encoding,
  choice: MarkChoice,
  sources: MarkSources,
): Promise<DocumentMarks> {
  const { separator: place = 'between', bos = false, specialTokens = 'none' } = choice
  const separator = await separatorOf(encoding, choice, sources)
  const frame = specialTokens === 'model' ? templateOf(encoding, sources) : { before: [], after: [] }
  const before = bos ? [await beginningOf(encoding, choice, sources)] : frame.before
  const show = (named: NamedId): DocumentMark => ({ ...named, text: textOfId(encoding, named.id) })
  const marks = {
    place,
    separator: show(separator),
    before: before.map(show),
    after: frame.after.map(show),
  }
  const type = sources.model === null ? undefined : await readModelType(sources.model)
  const usual = type === undefined ? undefined : usualMarksOf(type)
  return { ...marks, cautions: cautionsOf(marks, encoding, usual) }
}

/** Everything that a model's folder says about marks, whatever a run would take of it. */
export interface ModelMarks {
  /** The id between documents. */
  readonly separator: DocumentMark
  /** What `bos` would put before each document; null where nothing names it. */
  readonly beginning: DocumentMark | null
  /** What `specialTokens: model` would put around each; null where the tokenizer's file does not say it. */
  readonly template: {
    readonly before: readonly DocumentMark[]
    readonly after: readonly DocumentMark[]
  } | null
  /** What is usual for the type of the model, and the options that make it; null where it is not known. */
  readonly usual: Pick<UsualMarks, 'practice' | 'options'> | null
  readonly cautions: readonly string[]
}

/**
 * Reads all that a model's folder says about marks.
 *
 * @throws RunError `invalid-config` where it names no end of a text
 */
export async function reportMarks(encoding: Encoding, sources: MarkSources): Promise<ModelMarks> {
  const show = (named: NamedId): DocumentMark => ({ ...named, text: textOfId(encoding, named.id) })
  const { separator, cautions } = await chooseMarks(encoding, { separatorId: null }, sources)
  const beginning = await beginningOf(encoding, { separatorId: null }, sources).catch(undefinedIfRefused)
  const template = sources.kind === 'tokenizer.json' ? templateOf(encoding, sources) : undefined
  const type = sources.model === null ? undefined : await readModelType(sources.model)
  const { practice, options } = (type === undefined ? undefined : usualMarksOf(type)) ?? {}
  return {
    separator,
    beginning: beginning === undefined ? null : show(beginning),
    template:
      template === undefined ? null : { before: template.before.map(show), after: template.after.map(show) },
    usual: practice === undefined || options === undefined ? null : { practice, options },
    cautions,
  }
}

function undefinedIfRefused(error: unknown): undefined {
  if (error instanceof RunError) return undefined
  throw error
}

/**
 * The marks that a dataset's configuration and tokenizer say. Its format has no place for who named them, so that much is said as
 * follows from what it holds.
 *
 * @param mayHaveModel whether a model's folder may have named them
 * @throws RunError `invalid-config` for ids outside the vocabulary
 */
export function marksOfDataset(
  encoding: Encoding,
  choice: MarkChoice,
  mayHaveModel = true,
): Omit<DocumentMarks, 'cautions'> {
  const { separator: place = 'between', separatorId, bosId = null, specialTokens = 'none' } = choice
  const show = (named: NamedId): DocumentMark => ({ ...named, text: textOfId(encoding, named.id) })
  const given = (text: string, name: 'separatorId' | 'bosId'): NamedId => ({
    ...givenId(text, encoding, name),
    from: namedBy(name),
  })
  const namedBy = (name: 'separatorId' | 'bosId'): string => {
    if (mayHaveModel) return 'named by the options or the model of the run'
    // Without a model the folder of a tokenizer is asked only for what the tokenizer does not say itself.
    const asksFolder = name === 'bosId' || ownEndOfText(encoding) === undefined
    return asksFolder && knowsTexts(encoding)
      ? 'named by the options of the run or the folder of its tokenizer'
      : 'named by the options of the run'
  }
  const own = (id: number): NamedId => ({ id, from: `the end of text of ${encoding.name}` })
  const before = bosId === null ? [] : [given(bosId, 'bosId')]
  const frame =
    specialTokens === 'model' ? templateOf(encoding, { kind: 'tokenizer.json' }) : { before, after: [] }
  return {
    place,
    separator: show(separatorId === null ? own(encoding.endOfTextId) : given(separatorId, 'separatorId')),
    before: frame.before.map(show),
    after: frame.after.map(show),
  }
}

/** The ids alone; undefined where none stand around a document. */
export function frameOfMarks({
  before,
  after,
}: Pick<DocumentMarks, 'before' | 'after'>): DocumentFrame | undefined {
  if (before.length + after.length === 0) return undefined
  return { before: before.map(({ id }) => id), after: after.map(({ id }) => id) }
}

/** The id between documents: the one that is given, else the model's, else the tokenizer's own, else that of its folder. */
async function separatorOf(
  encoding: Encoding,
  { separatorId }: MarkChoice,
  { model, folder }: MarkSources,
): Promise<NamedId> {
  if (separatorId !== null) return givenId(separatorId, encoding, 'separatorId')
  const ofModel = model === null ? undefined : await findNamedId(model, encoding, endRole)
  if (ofModel !== undefined) return ofModel
  const own = ownEndOfText(encoding)
  if (own !== undefined) return { id: own, from: `the end of text of ${encoding.name}` }
  const named = folder === undefined ? undefined : await findNamedId(folder, encoding, endRole)
  if (named !== undefined) return named
  if (!knowsTexts(encoding)) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('separatorId')}, the id between documents, got none: ids without a tokenizer have no token that ends a text`,
    )
  }
  throw new RunError(
    'invalid-config',
    sentence`Expected ${encoding.name} to have a token that ends a text (${textEnds.join(', ')}), got none of them; name the id between documents with ${option('separatorId')}`,
  )
}

/** The id that the tokenizer itself calls the end of a text; undefined where it has none. */
export function ownEndOfText(encoding: Encoding): number | undefined {
  try {
    return encoding.endOfTextId
  } catch (error) {
    if (error instanceof TokenizerError && error.code === 'unknown-token') return undefined
    throw error
  }
}

/** The id that begins a document: the one that is given, else the folder's, else the template's, else one of a usual name. */
async function beginningOf(
  encoding: Encoding,
  { bosId = null }: MarkChoice,
  { model, folder }: MarkSources,
): Promise<NamedId> {
  if (bosId !== null) return givenId(bosId, encoding, 'bosId')
  for (const directory of new Set([model, folder])) {
    const named = directory ? await findNamedId(directory, encoding, beginRole) : undefined
    if (named !== undefined) return named
  }
  const [first, second] = encoding.template.before
  if (first !== undefined && second === undefined)
    return { id: first, from: `the post-processor of ${encoding.name}` }
  const text = textBegins.find((name) => encoding.specialTokens.has(name))
  if (text !== undefined)
    return { id: encoding.specialTokens.get(text)!, from: `its name in ${encoding.name}` }
  throw new RunError(
    'invalid-config',
    sentence`Expected ${encoding.name} to name the id that begins a text for ${option('bos')} (bos_token in tokenizer_config.json, a post-processor, or a usual name), got none; name it with ${option('bosId')}`,
  )
}

/** What the post-processor of a tokenizer.json puts around a text; other files do not say it. */
function templateOf(
  encoding: Encoding,
  { kind }: Pick<MarkSources, 'kind'>,
): { readonly before: readonly NamedId[]; readonly after: readonly NamedId[] } {
  if (kind !== 'tokenizer.json') {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('specialTokens')} to be none with ${encoding.name} (${kind}), which does not say what stands around a text, got model; take the model's tokenizer.json, or ${option('bos')}`,
    )
  }
  const from = `the post-processor of ${encoding.name}`
  const { before, after } = encoding.template
  const named = (id: number): NamedId => {
    if (id < encoding.vocabSize) return { id, from }
    throw new RunError(
      'invalid-config',
      sentence`Expected the post-processor of ${encoding.name} to have ids below ${encoding.vocabSize}, got ${id}; leave ${option('specialTokens')} out`,
    )
  }
  return { before: before.map(named), after: after.map(named) }
}

/** The id that a configuration gives as a number or as a token's text. */
function givenId(given: string, encoding: Encoding, name: 'separatorId' | 'bosId'): NamedId {
  const id = /^\d{1,9}$/.test(given) ? Number(given) : encoding.specialTokens.get(given)
  if (id !== undefined && id < encoding.vocabSize) return { id, from: 'as given' }
  const some = [...encoding.specialTokens.keys()].slice(0, 8).join(', ')
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option(name)} to be an id below ${encoding.vocabSize} or a special token of ${encoding.name} (${some}), got ${given}`,
  )
}

/** The text of a special token, which decoding may leave out. */
function textOfId(encoding: Encoding, wanted: number): string | null {
  for (const [text, id] of encoding.specialTokens) if (id === wanted) return text
  return knowsTexts(encoding) ? encoding.decode([wanted]) : null
}

function cautionsOf(
  { place, separator, before }: Omit<DocumentMarks, 'cautions'>,
  encoding: Encoding,
  usual: UsualMarks | undefined,
): string[] {
  const cautions: string[] = []
  if (place !== 'none' && separator.text !== null && turnEnds.has(separator.text)) {
    const text = textEnds.find((name) => encoding.specialTokens.has(name))
    const other =
      text === undefined ? '' : `; \`separatorId: ${encoding.specialTokens.get(text)}\` takes ${text}`
    cautions.push(`${separator.text} ends a turn of a conversation, not a document${other}.`)
  }
  if (place !== 'none' && before[0]?.id === separator.id) {
    cautions.push(
      `${separator.text ?? separator.id} stands twice between two documents, as the end of one and the beginning of the next; \`separator: none\` leaves one.`,
    )
  }
  if (usual?.needsBos === true && before.length === 0)
    cautions.push(`This kind of model needs a beginning of sequence before each document: ${usual.options}.`)
  return cautions
}
