import { option, sentence } from '@sluice/errors'
import {
  encodingNames,
  reopenTokenizer,
  resolveTokenizer,
  type Encoding,
  type EncodingName,
} from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { modelSeparator } from './model-separator.ts'
import type { PlannedTokenizer } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { readTokenizerFile } from './tokenizer-path.ts'

/** What a configuration says about the tokenizer. Plain data: it crosses to worker threads. */
export type TokenizerChoice = Pick<RunConfig, 'encoding' | 'tokenizer' | 'separatorId'> &
  Partial<Pick<RunConfig, 'model'>>

/** What a plan or a manifest says about the tokenizer of its ids. */
export type TokenizerIdentity = Pick<PlannedTokenizer, 'name' | 'sha256'> & Partial<PlannedTokenizer>

/** The tokenizer of a run, ready, with its identity and the bytes that it was made from. */
export interface RunTokenizer {
  readonly encoding: Encoding
  readonly identity: PlannedTokenizer
  /** Bytes of its file, to be copied into the dataset; undefined for a built-in one. */
  readonly bytes: Uint8Array | undefined
}

/**
 * Loads the tokenizer that a configuration names, from this package or from a file. This function and `openTokenizer`
 * are the only places of a run that load one.
 *
 * @throws TokenizerError; RunError `invalid-config` for a path without a tokenizer, or a separator outside the vocabulary
 */
export async function chooseTokenizer({
  encoding: name,
  tokenizer: named,
  model = null,
  separatorId,
}: TokenizerChoice): Promise<RunTokenizer> {
  const tokenizer = named ?? model
  const builtIn = tokenizer === null ? (name ?? 'gpt2') : isBuiltIn(tokenizer) ? tokenizer : undefined
  const { encoding, description, bytes } = await resolveTokenizer(
    builtIn === undefined ? { file: await readTokenizerFile(tokenizer ?? '') } : { name: builtIn },
  )
  const { kind, details } = description
  const identity: PlannedTokenizer = {
    name: description.name,
    vocabSize: encoding.vocabSize,
    endOfTextId: await separatorIn(encoding, { model, separatorId }),
    sha256: encoding.sha256,
    ...(kind !== 'built-in' && { kind }),
    ...(details && { details }),
  }
  return { encoding, identity, bytes }
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
  { name, kind, sha256, details }: TokenizerIdentity,
  readFile: () => Promise<Uint8Array>,
): Promise<Encoding> {
  if (kind === undefined) {
    const { encoding } = await resolveTokenizer({ name: name as EncodingName })
    return encoding
  }
  return reopenTokenizer({ kind, name, sha256, ...(details && { details }) }, await readFile())
}

/** The id between documents: the one that is given, else the model's, else the tokenizer's own. */
async function separatorIn(
  encoding: Encoding,
  { model, separatorId }: Pick<RunConfig, 'model' | 'separatorId'>,
): Promise<number> {
  if (separatorId !== null) return separatorOf(separatorId, encoding)
  const ofModel = model === null ? undefined : await modelSeparator(model, encoding)
  return ofModel ?? encoding.endOfTextId
}

/** The id that a configuration gives as a number or as a token's text. */
function separatorOf(given: string, encoding: Encoding): number {
  const id = /^\d{1,9}$/.test(given) ? Number(given) : encoding.specialTokens.get(given)
  if (id !== undefined && id < encoding.vocabSize) return id
  const some = [...encoding.specialTokens.keys()].slice(0, 8).join(', ')
  throw new RunError(
    'invalid-config',
    sentence`Expected ${option('separatorId')} to be an id below ${encoding.vocabSize} or a special token of ${encoding.name} (${some}), got ${given}`,
  )
}

function isBuiltIn(name: string): name is EncodingName {
  return (encodingNames as readonly string[]).includes(name)
}
