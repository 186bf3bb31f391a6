import type { EncodeRange } from '../bpe/piece-encoder.ts'
import type { JsonObject } from '../load/json-shape.ts'
import type { ListedModel } from './byte-level/listed-model.ts'

/**
 * The middle of a tokenizer: ids for one *piece*, the stretch of normalized text that a pre-tokenizer gives as a whole (a word, or
 * the whole text where there is no pre-tokenizer). Added tokens, normalizing and cutting happened before; templates come after.
 * A model owns scratch memory and belongs to one thread. It allocates nothing per token.
 */
export interface TokenModel {
  /**
   * Writes the ids of the piece `bytes[start, end)` to `target` from `at` on and returns where they end. The bytes are valid UTF-8,
   * `start < end`, and there is room for one id a byte.
   */
  readonly encodePiece: EncodeRange
  /**
   * Does as `encodePiece`, and writes for each id, at the same place of `ends`, the offset in `bytes` where its text ends. A
   * token's text begins where the text before it ends, the first one's at `start`. Absent: the model has no offsets.
   */
  readonly locatePiece?: LocateRange
  /**
   * Whether a piece that holds `offset` (a border of characters) inside may be cut there: the ids of the two parts, joined, are those
   * of the piece, whatever else it holds. It may look at all of `bytes`, but its answer must not depend on more than the 64 bytes
   * on either side. Absent: a piece is never cut.
   */
  readonly canCut?: (bytes: Uint8Array, offset: number) => boolean
  /** Whether spaces are read as the mark that stands for them: see {@link ReadOptions.spaceMark}. @default false */
  readonly takesSpaces?: boolean
}

/** Room for ids and, at the same indices, for the offsets where their texts end. */
export interface LocatedIds {
  readonly ids: Uint32Array
  readonly ends: Uint32Array
}

/** {@link EncodeRange} that also writes where each id's text ends. */
export type LocateRange = (
  bytes: Uint8Array,
  start: number,
  end: number,
  out: LocatedIds,
  at: number,
) => number

/** {@link LocatedIds} where the ends may not be wanted. */
export type MaybeLocatedIds = Pick<LocatedIds, 'ids'> & Partial<LocatedIds>

/** What a family reads out of the `model` of a tokenizer.json. */
export interface ReadTokenModel {
  readonly model: TokenModel
  /** Every token as the file writes it, with its id: what decoders work on. */
  readonly tokens: readonly (readonly [token: string, id: number])[]
  /** The ids of the tokens, where that is at hand. @default made of `tokens` */
  readonly ids?: ReadonlyMap<string, number>
}

/** What is known of the file around a model. */
export interface ReadOptions {
  /** The vocabulary and merges of BPE without a prefix of what continues a word, where they were read before. */
  readonly listed?: ListedModel | undefined
  /** The character that is written for spaces, where none reaches the model: it may read spaces as that, and say so. */
  readonly spaceMark?: string | undefined
}

/** A family of models: a folder of its own, and a row of the table in model-families.ts. */
export interface ModelFamily {
  /** The family's name in messages and documentation, such as `WordPiece`. */
  readonly name: string
  /** Whether the `model` of a tokenizer.json is of this family: by `type`, and `byte_fallback` for BPE. */
  readonly matches: (model: JsonObject) => boolean
  /**
   * Reads the model.
   *
   * @throws TokenizerError `unsupported-component` for a member that it does not follow, `invalid-vocabulary` for one that
   * contradicts another
   */
  readonly read: (model: JsonObject, options?: ReadOptions) => ReadTokenModel
}
