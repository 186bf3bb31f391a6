import type { SourceList } from '../lists/list-schema.ts'
import type { SourceIdentity } from '../lists/source-identity.ts'
import type { FaultPlace, Hole, InputAccount, JsonValue, TokenizerIdentity } from '../manifest/manifest.ts'
import type { FlatIdType, TokenFormat } from './token-format.ts'

/** A file of a token dataset. */
export interface TokenFile {
  readonly name: string
  readonly byteLength: number
  readonly sha256: string
}

/**
 * `manifest.json` of a dataset of flat ids: the commit, as that of windows is. Canonical JSON that depends on the plan and the
 * corpus alone.
 */
export interface TokenManifest {
  readonly version: 4
  /** sha256 of the canonical plan, in hexadecimal. */
  readonly planId: string
  /** The options of the run that mean something for token files. */
  readonly config: JsonValue
  readonly format: TokenFormat
  readonly idType: FlatIdType
  readonly identities: { readonly tokenizer: TokenizerIdentity }
  /** The corpus in order. Many are a list of their own: `openSources` reads either. */
  readonly sources: readonly SourceIdentity[] | SourceList
  /** What of the corpus is not in the files, counted by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Where the first faults of the content are, by reason; absent where there are none. */
  readonly faults?: Readonly<Record<string, readonly FaultPlace[]>>
  /** What could not be read; absent where everything was. */
  readonly holes?: readonly Hole[]
  /** What was found where the corpus lies; absent where all of it was read. */
  readonly inputs?: InputAccount
  /** The ids, then where documents begin. */
  readonly files: readonly TokenFile[]
  readonly totals: TokenTotals
}

/** Sums over the files and sources. */
export interface TokenTotals {
  /** Ids, separators included. */
  readonly tokens: number
  /** Documents that have an id. */
  readonly documents: number
  /** Bytes of the files. */
  readonly byteLength: number
  readonly sourceByteLength: number
}
