import type { EncoderOptions } from '../create-encoder.ts'
import type { Encoding } from '../encoding.ts'
import type { EncodingName } from '../encodings/definitions.ts'
import { TokenizerError } from '../errors.ts'
import { getEncoding } from '../get-encoding.ts'
import type { TokenizerFile, TokenizerFileOptions } from '../files/tokenizer-file.ts'
import { whatLiesThere } from '../load/what-lies-there.ts'
import { type TokenizerFileKind, tokenizerFileReaders } from './tokenizer-file-kinds.ts'

/** What the ids of a file depend on besides its bytes. */
export type TokenizerFileDetails = Pick<TokenizerFileOptions, 'pattern' | 'specialTokens' | 'endOfText'>

/** Where a tokenizer comes from: its name for one that ships with this package, or a file's content. */
export type TokenizerSource =
  | { readonly name: EncodingName }
  | {
      readonly file: TokenizerFile
      /**
       * The kind of the file.
       * @default told by its name and its first bytes
       */
      readonly kind?: TokenizerFileKind
      readonly details?: TokenizerFileDetails
    }

/**
 * A tokenizer as plain data, to be kept in a plan or a manifest: with the file's bytes, if it has a file, it says everything that the
 * ids depend on.
 */
export interface TokenizerDescription {
  readonly kind: 'built-in' | TokenizerFileKind
  /** The encoding's name, or the file's. */
  readonly name: string
  /** {@link Encoding.sha256}: what identifies the ids. */
  readonly sha256: string
  readonly details?: TokenizerFileDetails
}

/** A tokenizer that is ready, and what it takes to make it again elsewhere. */
export interface ResolvedTokenizer {
  readonly encoding: Encoding
  readonly description: TokenizerDescription
  /** The file's bytes, to be copied to wherever the ids go; undefined for a tokenizer that ships with this package. */
  readonly bytes: Uint8Array | undefined
}

/**
 * Makes a tokenizer of its name or of a file's content.
 *
 * @throws TokenizerError `unknown-encoding` for another name, `unsupported-component` for a file of no known kind or with parts that
 * are not followed exactly, `invalid-vocabulary` for a file that contradicts itself
 */
export async function resolveTokenizer(
  source: TokenizerSource,
  options: EncoderOptions = {},
): Promise<ResolvedTokenizer> {
  if ('name' in source) {
    const encoding = await getEncoding(source.name, options)
    const { name, sha256 } = encoding
    return { encoding, description: { kind: 'built-in', name, sha256 }, bytes: undefined }
  }
  const { file, details = {} } = source
  const kind = source.kind ?? tokenizerFileKind(file)
  const reader = tokenizerFileReaders.find((row) => row.kind === kind)!
  const encoding = await reader.load(file, { ...options, ...details })
  const description = {
    kind,
    name: file.name,
    sha256: encoding.sha256,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  }
  return { encoding, description, bytes: file.bytes }
}

/**
 * Makes the tokenizer that a description and the bytes beside it say, and checks that it is the same one.
 *
 * @throws TokenizerError `invalid-vocabulary` when the bytes are not those that were described
 */
export async function reopenTokenizer(
  description: TokenizerDescription,
  bytes: Uint8Array | undefined,
  options: EncoderOptions = {},
): Promise<Encoding> {
  const { kind, name, sha256, details } = description
  const source: TokenizerSource =
    kind === 'built-in'
      ? { name: name as EncodingName }
      : {
          file: { name, bytes: bytes ?? new Uint8Array(0) },
          kind,
          ...(details === undefined ? {} : { details }),
        }
  const { encoding } = await resolveTokenizer(source, options)
  if (encoding.sha256 !== sha256) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected the tokenizer ${name} to have sha256 ${sha256}, got ${encoding.sha256}: take the file the ids were made with`,
    )
  }
  return encoding
}

/**
 * Tells the kind of a file by its name and its first bytes.
 *
 * @throws TokenizerError `unsupported-component` for a file of no known kind
 */
export function tokenizerFileKind(file: TokenizerFile): TokenizerFileKind {
  const reader = tokenizerFileReaders.find(({ recognizes }) => recognizes(file))
  if (reader !== undefined) return reader.kind
  throw new TokenizerError(
    'unsupported-component',
    `Expected ${file.name} to be a tokenizer file (${tokenizerFileReaders.map(({ kind }) => kind).join(', ')}), got ${whatLiesThere(file.bytes) ?? 'another kind of file'}`,
  )
}
