import type { DatasetLayout } from '../layout/layout.ts'
import type { ListIdentity } from '../lists/list-kind.ts'
import type { SourceList } from '../lists/list-schema.ts'
import type { SourceIdentity } from '../lists/source-identity.ts'
import type { DocumentFile } from '../part/document-file.ts'
import type { ManifestPart } from '../part/receipt.ts'

/** Any JSON value. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/**
 * The version of the format that this package writes: 2, or 3 where the manifest names lists of sources or parts in files of their
 * own. Version 1 kept receipts beside the parts; it is read, verified and repaired as it is.
 */
export const manifestVersion = 2

/** The version of a manifest that names lists. */
export const listedManifestVersion = 3

/** The version of a manifest whose dataset holds token files in place of windows. */
export const tokenManifestVersion = 4

/** The version of a manifest whose dataset has a row for each document in place of windows. It may name lists. */
export const documentManifestVersion = 5

/**
 * `manifest.json`: the commit. A folder without it is not a dataset. Canonical JSON that depends on the plan and the
 * corpus alone: no times, hosts or durations.
 */
export interface DatasetManifest {
  readonly version: 1 | 2 | 3 | 5
  /** sha256 of the canonical plan, in hexadecimal. */
  readonly planId: string
  /** The configuration of the run, as it was given. */
  readonly config: JsonValue
  readonly layout: DatasetLayout
  readonly windows: WindowRule
  readonly identities: DatasetIdentities
  /** The corpus in order; the column `source` counts in it. Many are a list of their own: `openSources` reads either. */
  readonly sources: readonly SourceIdentity[] | SourceList
  /** In order, without gaps: each part's `firstWindow` is the one before plus its rows. */
  readonly parts: readonly ManifestPart[]
  /** The list that `manifest.json` names in place of many `parts`; absent where they stand in it. */
  readonly partList?: ListIdentity
  /** What did not become windows, counted by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Where the first faults of the content are, by reason; absent where there are none. */
  readonly faults?: Readonly<Record<string, readonly FaultPlace[]>>
  /** What could not be read; absent where everything was. */
  readonly holes?: readonly Hole[]
  /** The table of all documents; absent where they carry nothing along. */
  readonly documentTable?: DocumentTableIdentity
  /** The documents of one id, which have no window, where every other document is whole in its windows; absent without any. */
  readonly loneIds?: ListIdentity
  /** What was found where the corpus lies; absent where all of it was read. */
  readonly inputs?: InputAccount
  readonly totals: DatasetTotals
}

/** How windows lie on the token stream. */
export interface WindowRule {
  /** Ids from the start of one window to the next. */
  readonly stride: number
  /** Whether a window may run over the end of a document. */
  readonly boundary: 'cross' | 'document'
  /** What became of the ids after the last full window of a text: left out, or a window filled up. @default 'drop' */
  readonly tail?: 'drop' | 'pad' | 'error'
  /** Whether a window holds several short documents, chosen to fill it. @default 'none' */
  readonly packing?: 'none' | 'best-fit'
  /** The random order of the rows; absent where row r is window r. The column `window` says which each row is. */
  readonly shuffle?: ShuffleRule
}

/** Row r is window `p[r]` of a permutation p that the seed gives. */
export interface ShuffleRule {
  /** Decimal digits beyond 2^53, where a JSON number would lose some. */
  readonly seed: number | string
  /** `torch.randperm(n, generator=torch.Generator().manual_seed(seed))`, or a permutation computed from the seed. */
  readonly method: 'torch.randperm' | 'keyed'
}

/** A range of a source that could not be read, and whose text is therefore missing. */
export interface Hole {
  /** Index of the source. */
  readonly source: number
  /** Which part of it. */
  readonly segment: string
  readonly reason: string
}

/** Every entry that was found when the corpus was listed, by what became of it. */
export interface InputAccount {
  /** Entries that were found: those that were read and those that were passed over. */
  readonly listed: number
  /** Sources of the dataset. */
  readonly read: number
  /** Entries that were passed over, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** The first of them, by reason. */
  readonly first: Readonly<Record<string, readonly string[]>>
  /** Links to folders that were followed. */
  readonly followed: number
}

/** What the dataset was made with. */
export interface DatasetIdentities {
  readonly tokenizer: TokenizerIdentity
  /** Embedding tables (`wte.weight`, `wpe.weight`); empty where `layout.embedding` is `none`. */
  readonly tables: readonly TableIdentity[]
  /** The ONNX graph that adds the tables up; null where there is none. */
  readonly graph: FileIdentity | null
  /** The model whose embeddings the rows have; absent where the tables are the run's own. */
  readonly model?: ModelIdentity
  /** Positions that act inside attention; absent where there are none. */
  readonly positions?: PositionsIdentity
  /** sha256 of the canonical JSON of the dataset's columns. */
  readonly schema: string
}

/** Positions that are not in the vectors: a trainer uses their tables inside attention. */
export interface PositionsIdentity {
  /** `rotary`, `alibi`, `t5`, `transformer-xl`, `relative_key`, `relative_key_query` or `disentangled`. */
  readonly kind: string
  /** Sizes and constants by name, such as `headDim` and `base`. */
  readonly sizes: Readonly<Record<string, number | boolean>>
  /** The names of their tables, among `tables`. */
  readonly tables: readonly string[]
  /** What is done with them: i is the query's position, j the key's, p a position, d a column. */
  readonly formula: string
  readonly source: string
}

/** A model, and what its vectors are. Its tensors are among the tables. */
export interface ModelIdentity {
  /** `model_type` of its config.json. */
  readonly modelType: string
  /**
   * Which vectors there are: `inputs_embeds`, which a caller may pass to the model, and with `first-block` also the column
   * `first_block`, what the model makes of them for its first block. Passing that to the model adds its positions twice.
   */
  readonly stage: 'inputs-embeds' | 'first-block'
  /** What every step is rounded to. */
  readonly dtype: 'f32' | 'f16' | 'bf16'
  /** The major version of transformers whose `inputs_embeds` these are. */
  readonly semantics: 4 | 5
  /** The tensor that was named as the token table, whatever the model type. */
  readonly tokenTensor?: string
  /** The copy of its config.json. */
  readonly config: FileIdentity
  /** The token table, among the tables by its name. */
  readonly table: string
  /** The factor on the rows of the token table in `inputs_embeds`, a float32 value. @default 1 */
  readonly scale?: number
  /** The steps, for people. */
  readonly formula: readonly string[]
  /** Every vector is what the model computes, bit for bit. */
  readonly exact: boolean
  /** What the vectors that are not exact may be off by. */
  readonly tolerance?: string
  /** The provider of ONNX Runtime that computed the vectors that are not exact. @default Sluice's own kernel */
  readonly provider?: string
  /** Positions that the model uses inside attention and that the dataset has no tables of, and why. */
  readonly leftOut?: string
}

/** A tokenizer is its vocabulary and rules; the name is for people. */
export interface TokenizerIdentity {
  readonly name: string
  readonly vocabSize: number
  readonly sha256: string
  /** Kind of the file it was read from, a copy of which lies in the dataset as `tokenizer/SHA256`; absent for a built-in one. */
  readonly kind?: string
  /** Facts that the file does not say itself, such as the pattern of a `.tiktoken` file. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** An embedding table, kept in a safetensors file of the dataset. */
export interface TableIdentity {
  /** Its name in the safetensors file. */
  readonly name: string
  /** `[vocabSize, dim]` or `[contextLength, dim]`; `[dim]` of a model's norms and biases. */
  readonly shape: readonly [number, number] | readonly [number]
  readonly dtype: 'f32' | 'f16' | 'bf16'
  /** sha256 of the table's bytes: row-major, little-endian, without the file's header. */
  readonly sha256: string
  /** Name of the file inside the dataset, `tables/tables.safetensors`; of a tensor of a checkpoint, in that folder. */
  readonly file: string
  /** The dataset has no copy: the tensor lies in the checkpoint, whose folder a reader names. */
  readonly checkpoint?: true
  /** Which rows these are; absent where a table is whole. */
  readonly keptIds?: KeptIdsIdentity
}

/** The ids whose rows a pruned table has: row r is that of the r-th id. A `.npy` of int32, rising. */
export interface KeptIdsIdentity extends FileIdentity {
  /** Rows of the whole table. */
  readonly of: number
}

/** A file of the dataset and its bytes. */
export interface FileIdentity {
  readonly file: string
  readonly sha256: string
}

/** The document table as the manifest describes it. */
export interface DocumentTableIdentity {
  /** The kept columns: where their values are from, and how many documents have none. */
  readonly columns: readonly { readonly name: string; readonly field: string; readonly nulls: number }[]
  /** In order, without gaps. */
  readonly files: readonly DocumentFile[]
}

/** Sums over all parts and sources. */
export interface DatasetTotals {
  readonly rows: number
  readonly tokens: number
  readonly documents: number
  readonly byteLength: number
  readonly sourceByteLength: number
}

/** Where something of the content was left out or repaired. */
export interface FaultPlace {
  /** Index in the manifest's `sources`. */
  readonly source: number
  /** Bytes before it in the (decompressed) source, or rows in a table. */
  readonly position: number
}

/** Everything of a manifest that is known before its parts are: what {@link commitManifest} is given. */
export interface ManifestHeader {
  readonly planId: string
  readonly config: JsonValue
  readonly layout: DatasetLayout
  readonly windows: WindowRule
  readonly identities: Omit<DatasetIdentities, 'schema'>
  readonly sources: readonly SourceIdentity[] | SourceList
  readonly dropped: Readonly<Record<string, number>>
  /** Where the first faults of the content are, by reason; absent where there are none. */
  readonly faults?: Readonly<Record<string, readonly FaultPlace[]>>
  /** What could not be read; absent where everything was. */
  readonly holes?: readonly Hole[]
  /** The table of all documents; absent where they carry nothing along. */
  readonly documentTable?: DocumentTableIdentity
  /** The documents of one id, which have no window, where every other document is whole in its windows; absent without any. */
  readonly loneIds?: ListIdentity
  /** What was found where the corpus lies; absent where all of it was read. */
  readonly inputs?: InputAccount
  /** Number of parts of the plan. */
  readonly partCount: number
}
