import type { Encoding } from '../../encoding.ts'
import { patternNames, patterns } from '../../encodings/patterns.ts'
import { TokenizerError } from '../../errors.ts'
import type { TokenizerFile, TokenizerFileOptions } from '../tokenizer-file.ts'
import { loadTokenizerJson } from '../../tokenizer-json/load-tokenizer-json.ts'
import { bytesOfBase64, type ByteRanks, checkRanks, tokenizerJsonOfRanks } from '../byte-ranks.ts'
import { withTiktokenDefaults } from '../tiktoken-defaults.ts'

/**
 * Makes an encoding of a `.tiktoken` file: a line for each token, its bytes in base64, a space and its rank, which is its id. Qwen 1, Kimi,
 * Llama 3's `tokenizer.model`. The file says neither its pattern nor its special tokens: they are options.
 *
 * @throws TokenizerError `unsupported-component` without a pattern, `invalid-vocabulary` for a file that is not so
 */
export async function loadTiktoken(file: TokenizerFile, options: TokenizerFileOptions): Promise<Encoding> {
  const { pattern, specialTokens = {}, ...rest } = options
  if (pattern === undefined) {
    throw new TokenizerError(
      'unsupported-component',
      `Expected the pre-tokenizer pattern of ${file.name}, which a .tiktoken file does not say: give \`pattern\`, one of ${patternNames.join(', ')} or the expression itself`,
    )
  }
  // An expression of a word alone cuts nothing that anybody trained with: it is a name mistyped.
  if (/^\w+$/.test(pattern) && !patternNames.includes(pattern)) {
    throw new TokenizerError(
      'unsupported-component',
      `Expected \`pattern\` to be one of ${patternNames.join(', ')} or the expression itself, got ${pattern}`,
    )
  }
  const ranks = readTiktoken(file)
  const json = tokenizerJsonOfRanks(ranks, {
    pattern: Object.hasOwn(patterns, pattern) ? patterns[pattern as keyof typeof patterns] : pattern,
    specialTokens: Object.entries(specialTokens),
  })
  return withTiktokenDefaults(await loadTokenizerJson(json, { name: file.name, ...rest }))
}

function readTiktoken({ name, bytes }: TokenizerFile): ByteRanks {
  const lines = new TextDecoder('latin1').decode(bytes).split(/\r?\n/)
  const entries = lines.flatMap((line, i) => {
    if (line === '') return []
    const where = `line ${i + 1} of ${name}`
    const [base64 = '', rank = ''] = line.split(' ')
    if (!/^\d{1,8}$/.test(rank))
      throw new TokenizerError(
        'invalid-vocabulary',
        `Expected base64, a space and a rank at ${where}, got ${JSON.stringify(line.slice(0, 100))}`,
      )
    return [{ token: bytesOfBase64(base64, where), id: Number(rank) }]
  })
  entries.sort((a, b) => a.id - b.id)
  const ranks = { tokens: entries.map(({ token }) => token), ids: entries.map(({ id }) => id) }
  checkRanks(ranks, name)
  return ranks
}
