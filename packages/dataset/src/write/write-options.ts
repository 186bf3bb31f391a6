import { DatasetError } from '../errors.ts'
import { resolveLayout, type DatasetLayout, type LayoutOptions } from '../layout/layout.ts'
import { windowsPerPartOf } from '../layout/windows-per-part.ts'
import type { TokenizerIdentity } from '../manifest/manifest.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import { folderStorage } from '../storage/folder.ts'
import type { DatasetStorage } from '../storage/storage.ts'

/** Ids in a row: whole numbers in `[0, vocabSize)`. */
export type IdArray = readonly number[] | Int32Array | Uint32Array | Uint16Array

/** What is written: the ids of one text, or those of many. */
export type IdInput =
  | {
      /** One text: its ids, or pieces of them one after the other. */
      readonly ids: IdArray | Iterable<IdArray> | AsyncIterable<IdArray>
      readonly documents?: undefined
    }
  | {
      /** Texts, each the ids of one. Those without ids are left out and counted. */
      readonly documents: Iterable<IdArray> | AsyncIterable<IdArray>
      readonly ids?: undefined
    }

/** Writes the embeddings of windows: `embed` of an embedder of `@sluice/embedding` is one. */
export type EmbedIds = (
  /** n·T ids. */
  inputIds: Int32Array,
  /** T positions, the same for each window, or n·T where the layout has `positionIds`. */
  positionIds: Int32Array,
  /** n·T·D elements to fill. */
  output: Float32Array,
) => void | Promise<void>

/** Options of {@link writeDataset}. */
export type WriteDatasetOptions = IdInput & {
  /** What rows look like. `embedding` is `none`, or `full` with float32 elements and `embed`. */
  readonly layout: LayoutOptions
  /** A folder that is new or empty, or that an earlier attempt with the same options left; or a storage. */
  readonly out: string | DatasetStorage
  /** Ids from the start of one window to the next. @default the layout's `maxLength` */
  readonly stride?: number
  /** Whether a window may run over the end of a document. @default 'cross' */
  readonly boundary?: 'cross' | 'document'
  /** The ids after the last full window of a text: left out, or in a window filled up with `endOfTextId`. @default 'drop' */
  readonly tail?: 'drop' | 'pad'
  /** The id between documents, and of what fills a window up. Needed for both. @default none */
  readonly endOfTextId?: number
  /** Where `endOfTextId` is put. @default 'between' where there is one, else 'none' */
  readonly separator?: 'between' | 'after' | 'none'
  /** Windows of every part except the last. @default as many as make about 128 MiB */
  readonly windowsPerPart?: number
  /** Whose ids they are, for readers that compare: an encoding of `@sluice/tokenizer` fits. @default a name that says nothing */
  readonly tokenizer?: Pick<TokenizerIdentity, 'name' | 'sha256'>
  /** Makes `inputs_embeds`; needed where the layout's `embedding` is `full`. */
  readonly embed?: EmbedIds
  /** Stops the writing between two batches; the same call continues it. */
  readonly signal?: AbortSignal
}

/** {@link WriteDatasetOptions} with defaults applied and checked. */
export interface ResolvedWriteOptions {
  readonly storage: DatasetStorage
  readonly plan: WritePlan
  readonly embed: EmbedIds | undefined
  readonly signal: AbortSignal | undefined
}

/** `plan.json` of a dataset that was written from ids: all that its bytes depend on, but for the ids. */
export interface WritePlan {
  readonly version: 1
  readonly writer: 'writeDataset'
  readonly layout: DatasetLayout
  readonly stride: number
  readonly boundary: 'cross' | 'document'
  readonly tail: 'drop' | 'pad'
  readonly endOfTextId: number | null
  readonly separator: 'between' | 'after' | 'none'
  readonly windowsPerPart: number
  readonly tokenizer: TokenizerIdentity
}

/**
 * Applies the defaults and checks the options once.
 *
 * @throws DatasetError `invalid-argument`
 */
export function resolveWriteOptions(options: WriteDatasetOptions): ResolvedWriteOptions {
  const { tail = 'drop', endOfTextId } = options
  // Rows that are filled up say with what, where ids are kept once.
  const isFilled = options.layout.ids === 'once' && tail === 'pad' && endOfTextId !== undefined
  const layout = resolveLayout({ ...options.layout, ...(isFilled && { fillId: endOfTextId }) })
  refuseColumns(layout, options.embed)
  const { boundary = 'cross' } = options
  const separator = options.separator ?? (endOfTextId === undefined ? 'none' : 'between')
  oneOf('boundary', boundary, ['cross', 'document'])
  oneOf('tail', tail, ['drop', 'pad'])
  oneOf('separator', separator, ['between', 'after', 'none'])
  if (endOfTextId === undefined && (separator !== 'none' || tail === 'pad')) {
    const what = tail === 'pad' ? '`tail: "pad"`' : `\`separator: "${separator}"\``
    throw invalid(`Expected \`endOfTextId\` with ${what}, got none`)
  }
  if (endOfTextId !== undefined && !isIdOf(layout, endOfTextId))
    throw invalid(`Expected \`endOfTextId\` to be in [0, ${layout.vocabSize}), got ${endOfTextId}`)
  if (tail === 'pad' && layout.idType === 'uint16')
    throw invalid('Expected `idType` to be int32 with `tail: "pad"`: the target -100 has no unsigned form')
  const { name, sha256 } = options.tokenizer ?? {
    name: 'unnamed',
    sha256: sha256OfJson({ vocabSize: layout.vocabSize }),
  }
  return {
    storage: typeof options.out === 'string' ? folderStorage(options.out) : options.out,
    plan: {
      version: 1,
      writer: 'writeDataset',
      layout,
      stride: positive('stride', options.stride ?? layout.maxLength),
      boundary,
      tail,
      endOfTextId: endOfTextId ?? null,
      separator,
      windowsPerPart: positive('windowsPerPart', options.windowsPerPart ?? windowsPerPartOf(layout)),
      tokenizer: { name, vocabSize: layout.vocabSize, sha256 },
    },
    embed: options.embed,
    signal: options.signal,
  }
}

/** Whether a value is an id of the layout's vocabulary. */
export function isIdOf({ vocabSize }: DatasetLayout, value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < vocabSize
}

/** Refuses what ids alone do not give. */
function refuseColumns(layout: DatasetLayout, embed: EmbedIds | undefined): void {
  const columns = { pieces: layout.pieces, kept: layout.kept, firstBlockDim: layout.firstBlockDim }
  for (const [name, value] of Object.entries(columns)) {
    if (value === undefined) continue
    throw invalid(`Expected a layout without \`${name}\`: ids do not tell it; use \`createPartWriter\``)
  }
  const { embedding, dtype } = layout
  if (embedding === 'lazy' || (embedding === 'full' && dtype !== 'f32')) {
    const got = embedding === 'lazy' ? 'lazy' : `full in ${dtype}`
    throw invalid(`Expected \`embedding\` to be none, or full in f32, got ${got}; use \`createPartWriter\``)
  }
  if ((embedding === 'full') === (embed !== undefined)) return
  throw invalid(
    `Expected \`embed\` and \`embedding: "full"\` together, got ${embed ? 'the one' : 'the other'} alone`,
  )
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= 0x7fffffff) return value
  throw invalid(`Expected \`${name}\` to be a positive integer, got \`${String(value)}\` (${typeof value})`)
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return
  throw invalid(`Expected \`${name}\` to be one of ${allowed.join(', ')}, got \`${value}\``)
}

function invalid(message: string): DatasetError {
  return new DatasetError('invalid-argument', message)
}
