import { join } from 'node:path'
import { option, sentence } from '@sluice/errors'
import {
  encodingNames,
  reopenTokenizer,
  resolveTokenizer,
  TokenizerError,
  type Encoding,
  type EncodingName,
  type ResolvedTokenizer,
} from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { PlannedTokenizer } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { builtInTokenizer } from './built-in-tokenizer.ts'
import { chooseMarks, frameOfMarks, type DocumentMarks, type MarkChoice } from './document-marks.ts'
import { noTokenizer, OpaqueIds } from './opaque-ids.ts'
import { fileDetails, refuseDetails, type SaidDetails } from './file-details.ts'
import { findTokenizerFile, readTokenizerFile } from './tokenizer-path.ts'

/** Which tokenizer a configuration names. Plain data: it crosses to worker threads. */
export type NamedTokenizer = Pick<RunConfig, 'encoding' | 'tokenizer'> &
  Partial<Pick<RunConfig, 'model'>> &
  SaidDetails

/** What a configuration says about the tokenizer, and the ids that are no text. */
export type TokenizerChoice = NamedTokenizer & MarkChoice

/** What a plan or a manifest says about the tokenizer of its ids. */
export type TokenizerIdentity = Pick<PlannedTokenizer, 'name' | 'sha256'> & Partial<PlannedTokenizer>

/** The tokenizer of a run, ready, with its identity and the bytes that it was made from. */
export interface RunTokenizer {
  readonly encoding: Encoding
  readonly identity: PlannedTokenizer
  /** Bytes of its file, to be copied into the dataset; undefined for a built-in one. */
  readonly bytes: Uint8Array | undefined
  /** The ids between and around documents, as they are shown. */
  readonly marks: DocumentMarks
}

/** A tokenizer as it was found. */
interface FoundTokenizer extends ResolvedTokenizer {
  /** The folder that its file lies in; undefined for a built-in one. */
  readonly folder: string | undefined
}

/**
 * Loads the tokenizer that a configuration names, from this package or from a file. This function and `openTokenizer`
 * are the only places of a run that load one.
 *
 * @throws TokenizerError; RunError `invalid-config` for a path without a tokenizer
 */
export async function loadTokenizer({
  encoding: name,
  tokenizer: named,
  model = null,
  ...said
}: NamedTokenizer): Promise<FoundTokenizer> {
  // A model folder may be called as a built-in tokenizer is.
  const builtIn =
    named === null ? (model === null ? (name ?? 'gpt2') : undefined) : isBuiltIn(named) ? named : undefined
  if (builtIn !== undefined) refuseDetails(said, builtIn)
  if (builtIn !== undefined) return { ...(await builtInTokenizer(builtIn)), folder: undefined }
  const { file, folder } = await (named === null
    ? readTokenizerFile(model ?? '', 'model')
    : readTokenizerFile(named))
  try {
    return { ...(await resolveTokenizer({ file, ...fileDetails(said, file) })), folder }
  } catch (error) {
    if (!(error instanceof TokenizerError)) throw error
    // The package knows the file's name only, and most model folders have one of that name.
    const message = error.message.replace(/^Expected/, 'expected')
    throw new TokenizerError(error.code, `${join(folder, file.name)}: ${message}`, { cause: error })
  }
}

/**
 * Loads the tokenizer of a configuration, and decides what stands between and around documents.
 *
 * @throws TokenizerError; RunError `invalid-config` for an id outside the vocabulary, or one that nothing names
 */
export async function chooseTokenizer(choice: TokenizerChoice): Promise<RunTokenizer> {
  const { encoding, description, bytes, folder } = await loadTokenizer(choice)
  const { kind, details } = description
  const marks = await chooseMarks(encoding, choice, { model: choice.model ?? null, folder, kind })
  const frame = frameOfMarks(marks)
  const identity: PlannedTokenizer = {
    name: description.name,
    vocabSize: encoding.vocabSize,
    endOfTextId: marks.separator.id,
    sha256: encoding.sha256,
    ...(kind !== 'built-in' && { kind }),
    ...(details && { details }),
    ...((encoding.addedTokens ?? []).length > 0 && { addedTokens: 'found' }),
    ...(frame && { frame }),
  }
  return { encoding, identity, bytes, marks }
}

/** Whether a configuration has a tokenizer: a corpus of ids needs none. */
export async function namesTokenizer({ format, encoding, tokenizer, model }: RunConfig): Promise<boolean> {
  if (format !== 'ids' || (encoding ?? tokenizer) !== null) return true
  return model !== null && (await findTokenizerFile(model)) !== undefined
}

/**
 * What stands for the tokenizer of ids that come without one.
 *
 * @param rows of the table that the ids are looked up in, where there is one
 * @throws RunError `invalid-config` where nothing says how many ids there are, or which one stands between documents
 */
export async function chooseOpaqueIds(config: RunConfig, rows: number | undefined): Promise<RunTokenizer> {
  const { vocabSize = rows, endId, separator, tail } = config
  if (vocabSize === undefined) {
    throw new RunError(
      'invalid-config',
      sentence`Expected the ids of the corpus to have a tokenizer (${option('encoding')}, ${option('tokenizer')}), tables that say how many there are (${option('tables')}, ${option('model')}) or ${option('vocabSize')}, got none`,
    )
  }
  const encoding = new OpaqueIds(vocabSize)
  // An id that stands nowhere need not be named.
  const unused = separator === 'none' && tail !== 'pad' ? '0' : null
  const separatorId = config.separatorId ?? (endId === undefined ? unused : String(endId))
  const sources = { model: null, folder: undefined, kind: noTokenizer } as const
  const marks = await chooseMarks(encoding, { ...config, separatorId }, sources)
  const frame = frameOfMarks(marks)
  const identity: PlannedTokenizer = {
    ...{ name: encoding.name, vocabSize, endOfTextId: marks.separator.id, sha256: encoding.sha256 },
    kind: noTokenizer,
    ...(frame && { frame }),
  }
  return { encoding, identity, bytes: undefined, marks }
}

/**
 * Loads the tokenizer that the ids of a plan or a dataset are of.
 *
 * @param loaded - the tokenizer, where it is loaded already: it is only checked
 * @param readFile - reads the copy of its file in the run's folder, for one that is not built in
 * @throws RunError `other-tokenizer` when the tokenizer of that name gives other ids
 */
export async function openTokenizer(
  identity: TokenizerIdentity,
  { loaded, readFile }: TokenizerPlace,
): Promise<Encoding> {
  const encoding = await (loaded ?? reopen(identity, readFile))
  for (const key of ['sha256', 'vocabSize'] as const) {
    if (identity[key] === undefined || identity[key] === encoding[key]) continue
    throw new RunError(
      'other-tokenizer',
      `Expected the tokenizer ${identity.name} to have ${key} ${identity[key]}, got ${encoding[key]}; use the version of Sluice that made the plan`,
    )
  }
  return encoding
}

/** Where `openTokenizer` finds a tokenizer. */
export interface TokenizerPlace {
  readonly loaded?: Encoding | Promise<Encoding> | undefined
  /** Returns the bytes of the tokenizer's file. */
  readonly readFile: () => Promise<Uint8Array>
}

async function reopen(
  { name, kind, vocabSize = 0, sha256, details }: TokenizerIdentity,
  readFile: () => Promise<Uint8Array>,
): Promise<Encoding> {
  if (kind === noTokenizer) return new OpaqueIds(vocabSize)
  if (kind === undefined) {
    const { encoding } = await builtInTokenizer(name as EncodingName)
    return encoding
  }
  return reopenTokenizer({ kind, name, sha256, ...(details && { details }) }, await readFile())
}

function isBuiltIn(name: string): name is EncodingName {
  return (encodingNames as readonly string[]).includes(name)
}
