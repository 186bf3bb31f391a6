import type { Encoding } from '../../encoding.ts'
import { TokenizerError } from '../../errors.ts'
import type { TokenizerFile, TokenizerFileOptions } from '../tokenizer-file.ts'
import { arrayAt, idAt, type JsonObject, objectAt, stringAt } from '../../load/json-shape.ts'
import { parseJson } from '../../load/parse-json.ts'
import { loadTokenizerJson } from '../../tokenizer-json/load-tokenizer-json.ts'
import { bytesOfBase64, type ByteRanks, checkRanks, tokenizerJsonOfRanks } from '../byte-ranks.ts'
import { withTiktokenDefaults } from '../tiktoken-defaults.ts'

/** The special tokens of files that do not list them (versions 1 to 3), by their ids, as `mistral-common` has them. */
const firstSpecialTokens = [
  '<unk>',
  '<s>',
  '</s>',
  '[INST]',
  '[/INST]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_RESULTS]',
  '[/TOOL_RESULTS]',
  '[TOOL_CALLS]',
  '<pad>',
  '[PREFIX]',
  '[MIDDLE]',
  '[SUFFIX]',
]

/**
 * Makes an encoding of Mistral's `tekken.json`: ids below `default_num_special_tokens` are special tokens, those of the vocabulary
 * follow in the order of their ranks, as many as make `default_vocab_size` in all.
 *
 * @throws TokenizerError `invalid-vocabulary` for a file that is not so
 */
export async function loadTekken(file: TokenizerFile, options: TokenizerFileOptions): Promise<Encoding> {
  const json = objectAt(parseJson(file.bytes, file.name), '')
  const config = objectAt(json['config'], 'config')
  const specialCount = idAt(config['default_num_special_tokens'], 'config.default_num_special_tokens')
  const size = idAt(config['default_vocab_size'], 'config.default_vocab_size') - specialCount
  const text = tokenizerJsonOfRanks(readRanks(arrayAt(json['vocab'], 'vocab'), size, specialCount), {
    pattern: stringAt(config['pattern'], 'config.pattern'),
    specialTokens: readSpecialTokens(json['special_tokens'], specialCount),
  })
  const { pattern: _pattern, specialTokens: _specialTokens, ...rest } = options
  return withTiktokenDefaults(await loadTokenizerJson(text, { name: file.name, ...rest }))
}

function readRanks(vocab: readonly unknown[], size: number, firstId: number): ByteRanks {
  if (vocab.length < size)
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected \`vocab\` to have ${size} tokens, got ${vocab.length}`,
    )
  const tokens = vocab.slice(0, size).map((entry, i) => {
    const { rank, token_bytes: base64 } = objectAt(entry, `vocab[${i}]`)
    if (rank !== i)
      throw new TokenizerError(
        'invalid-vocabulary',
        `Expected \`vocab[${i}].rank\` to be ${i}, got ${String(rank)}`,
      )
    return bytesOfBase64(stringAt(base64, `vocab[${i}].token_bytes`), `vocab[${i}]`)
  })
  const ranks = { tokens, ids: tokens.map((_, rank) => firstId + rank) }
  checkRanks(ranks, 'vocab')
  return ranks
}

/** Special tokens that have no name are called `<SPECIAL_20>` by their ids. */
function readSpecialTokens(listed: unknown, count: number): (readonly [token: string, id: number])[] {
  const names = Array.from({ length: count }, (_, id) => `<SPECIAL_${id}>`)
  if (listed === undefined || listed === null) {
    names.splice(0, Math.min(count, firstSpecialTokens.length), ...firstSpecialTokens.slice(0, count))
  } else {
    for (const [i, entry] of arrayAt(listed, 'special_tokens').entries()) {
      const token: JsonObject = objectAt(entry, `special_tokens[${i}]`)
      const id = idAt(token['rank'], `special_tokens[${i}].rank`)
      if (id >= count)
        throw new TokenizerError(
          'invalid-vocabulary',
          `Expected \`special_tokens[${i}].rank\` to be below ${count}, got ${id}`,
        )
      names[id] = stringAt(token['token_str'], `special_tokens[${i}].token_str`)
    }
  }
  return names.map((name, id) => [name, id])
}
