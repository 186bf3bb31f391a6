import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, option, sentence } from '@sluice/errors'
import type { Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'

/** The largest configuration of a tokenizer that is read, in bytes: with all added tokens, some have megabytes. */
const mostConfigBytes = 64 << 20

/** Fields of tokenizer_config.json that name what ends a document, the preferred one first. */
const endFields = ['eos_token', 'sep_token'] as const

/**
 * The id that a model folder puts between documents: `eos_token` of tokenizer_config.json, else `sep_token` (of encoders), else
 * `eos_token_id` of generation_config.json. Not that of config.json, whose defaults are wrong where it says nothing.
 *
 * @returns undefined where the folder does not say
 * @throws RunError `invalid-config` for a file that is no JSON, or a token that the tokenizer does not have
 */
export async function modelSeparator(directory: string, encoding: Encoding): Promise<number | undefined> {
  const tokenizer = await readConfig(directory, 'tokenizer_config.json')
  for (const field of endFields) {
    const text = textOf(tokenizer?.[field])
    if (text === undefined) continue
    const id = encoding.specialTokens.get(text) ?? idOfText(text, encoding)
    if (id !== undefined) return id
    throw new RunError(
      'invalid-config',
      sentence`${join(directory, 'tokenizer_config.json')}: \`${field}\` is ${text}, which the tokenizer does not have; name the id with ${option('separatorId')}`,
    )
  }
  const generation = await readConfig(directory, 'generation_config.json')
  const ids: unknown = generation?.['eos_token_id']
  const id: unknown = Array.isArray(ids) ? ids[0] : ids
  return Number.isSafeInteger(id) && Number(id) >= 0 && Number(id) < encoding.vocabSize
    ? Number(id)
    : undefined
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
    const { size } = await stat(path)
    if (size > mostConfigBytes) {
      throw new RunError('invalid-config', `${path}: expected at most ${mostConfigBytes} bytes, got ${size}`)
    }
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new RunError('invalid-config', `${path}: expected a JSON object`)
}
