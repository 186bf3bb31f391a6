import { join } from 'node:path'
import { openRegularFile } from '@sluice/confined-file'
import { codeOf, option, sentence } from '@sluice/errors'
import type { Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'

/** The largest configuration of a tokenizer that is read, in bytes: with all added tokens, some have megabytes. */
const mostConfigBytes = 64 << 20

/** What a token of a model folder is for, and where the folder names it. */
export interface TokenRole {
  /** Fields of tokenizer_config.json, the preferred one first. */
  readonly fields: readonly string[]
  /** The field of generation_config.json, asked where tokenizer_config.json has none of `fields`. */
  readonly generation: string
  /** The option that names another id. */
  readonly option: 'separatorId' | 'bosId'
}

/** The token that ends a text; `sep_token` is that of encoders. */
export const endRole: TokenRole = {
  fields: ['eos_token', 'sep_token'],
  generation: 'eos_token_id',
  option: 'separatorId',
}

/** The token that begins a text; `cls_token` is that of encoders. */
export const beginRole: TokenRole = {
  fields: ['bos_token', 'cls_token'],
  generation: 'bos_token_id',
  option: 'bosId',
}

/** An id, and who said that it is the one. */
export interface NamedId {
  readonly id: number
  /** File and field, for people. */
  readonly from: string
}

/**
 * The id that a model folder names for a role: a token of tokenizer_config.json, else the id in generation_config.json. Not that of
 * config.json, whose defaults are wrong where it says nothing.
 *
 * @returns undefined where the folder does not say
 * @throws RunError `invalid-config` for a file that is no JSON, or a token that the tokenizer does not have
 */
export async function findNamedId(
  directory: string,
  encoding: Encoding,
  role: TokenRole,
): Promise<NamedId | undefined> {
  const file = 'tokenizer_config.json'
  const tokenizer = await readConfig(directory, file)
  for (const field of role.fields) {
    const text = textOf(tokenizer?.[field])
    if (text === undefined) continue
    const id = encoding.specialTokens.get(text) ?? idOfText(text, encoding)
    if (id !== undefined) return { id, from: `${field} in ${file}` }
    throw new RunError(
      'invalid-config',
      sentence`${join(directory, file)}: \`${field}\` is ${text}, which the tokenizer does not have; name the id with ${option(role.option)}`,
    )
  }
  // Qwen's tokenizer says that it has no beginning, and its generation_config.json names the end of text as one.
  if (role === beginRole && tokenizer?.['bos_token'] === null) return undefined
  const generation = await readConfig(directory, 'generation_config.json')
  const ids: unknown = generation?.[role.generation]
  const id: unknown = Array.isArray(ids) ? ids[0] : ids
  return Number.isSafeInteger(id) && Number(id) >= 0 && Number(id) < encoding.vocabSize
    ? { id: Number(id), from: `${role.generation} in generation_config.json` }
    : undefined
}

/** `model_type` of a folder's config.json, of its text part where it has several. */
export async function readModelType(directory: string): Promise<string | undefined> {
  const config = await readConfig(directory, 'config.json')
  const text: unknown = config?.['text_config']
  const inside =
    typeof text === 'object' && text !== null && 'model_type' in text ? text.model_type : undefined
  const type = inside ?? config?.['model_type']
  return typeof type === 'string' ? type : undefined
}

/** A token as its text, or as an object with the text. */
function textOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token
  if (typeof token !== 'object' || token === null || !('content' in token)) return undefined
  return typeof token.content === 'string' ? token.content : undefined
}

/** The id of a text that is one token. */
function idOfText(text: string, encoding: Encoding): number | undefined {
  const ids = encoding.encode(text, { addSpecialTokens: false, disallowedSpecial: [] })
  return ids.length === 1 ? ids[0] : undefined
}

async function readConfig(
  directory: string,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = join(directory, name)
  try {
    await using file = await openRegularFile(path)
    const { size } = await file.stat()
    if (size > mostConfigBytes) {
      throw new RunError('invalid-config', `${path}: expected at most ${mostConfigBytes} bytes, got ${size}`)
    }
    const value: unknown = JSON.parse(await file.readFile('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new RunError('invalid-config', `${path}: expected a JSON object`)
}
