import { patterns } from '../encodings/patterns.ts'
import { createScanner, knownPattern } from '../pretokenize/known-pattern.ts'
import { charOfByte } from '../tokenizer-json/byte-alphabet.ts'
import { countPieces, type PieceCounts } from './count-pieces.ts'
import { learnMerges } from './learn-merges.ts'

/** Options of {@link trainBpe}. */
export interface TrainBpeOptions {
  /** Number of tokens at most: the special ones, the 256 bytes and the merges. */
  readonly vocabSize: number
  /**
   * The pre-tokenizer pattern.
   * @default 'gpt2'
   */
  readonly pattern?: keyof typeof patterns
  /**
   * Special tokens, numbered from 0.
   * @default ['<|endoftext|>']
   */
  readonly specialTokens?: readonly string[]
  /**
   * Pairs that come less often are not merged.
   * @default 2
   */
  readonly minFrequency?: number
  /**
   * Which of several pairs of the same count is merged: `'lowest'`, the one of the lowest token numbers, as Hugging Face's
   * trainer does; or `'first'`, the one that comes first in the corpus.
   * @default 'lowest'
   */
  readonly ties?: 'lowest' | 'first'
}

/**
 * Learn a byte-level BPE tokenizer from texts. The merges are those of `BpeTrainer` of Hugging Face's tokenizers 0.23 with the
 * byte alphabet, and tokens are numbered as there: special ones, bytes in the order of their characters, merges.
 *
 * @param corpus the texts; no piece crosses from one to the next
 * @returns the text of a tokenizer.json, to be kept in a file and read with {@link loadTokenizerJson}
 */
export async function trainBpe(
  corpus: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  options: TrainBpeOptions,
): Promise<string> {
  const resolved = resolveTrainBpeOptions(options)
  const scan = createScanner(knownPattern(resolved.pattern))
  const counts: PieceCounts = new Map()
  for await (const text of corpus) countPieces(counts, text, scan)

  const { specialTokens, vocabSize, minFrequency, ties } = resolved
  const alphabet = charOfByte.toSorted()
  const firstByte = specialTokens.length
  const numbers = charOfByte.map((char) => firstByte + alphabet.indexOf(char))
  const merges = learnMerges(counts, {
    mergeCount: vocabSize - firstByte - 256,
    minFrequency,
    ties,
    numberOfByte: (byte) => numbers[byte]!,
    firstMerge: firstByte + 256,
  })
  const tokens = [...specialTokens, ...alphabet]
  const pairs = merges.map(([left, right]) => {
    const pair = [tokens[left]!, tokens[right]!] as const
    tokens.push(pair[0] + pair[1])
    return pair
  })
  return `${JSON.stringify(describeTokenizer(resolved, tokens, pairs), null, 2)}\n`
}

interface ResolvedTrainBpeOptions extends Required<Omit<TrainBpeOptions, 'pattern'>> {
  readonly pattern: string
}

function resolveTrainBpeOptions(options: TrainBpeOptions): ResolvedTrainBpeOptions {
  const {
    vocabSize,
    pattern = 'gpt2',
    specialTokens = ['<|endoftext|>'],
    minFrequency = 2,
    ties = 'lowest',
  } = options
  const least = 256 + specialTokens.length
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > 1 << 20) {
    throw new RangeError(
      `Expected \`vocabSize\` to be an integer from ${least} to 1048576, got \`${vocabSize}\``,
    )
  }
  if (!Object.hasOwn(patterns, pattern)) {
    throw new RangeError(
      `Expected \`pattern\` to be one of ${Object.keys(patterns).join(', ')}, got \`${pattern}\``,
    )
  }
  return { vocabSize, pattern: patterns[pattern], specialTokens, minFrequency, ties }
}

function describeTokenizer(
  { pattern, specialTokens }: ResolvedTrainBpeOptions,
  tokens: readonly string[],
  merges: readonly (readonly [string, string])[],
): unknown {
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: pattern === patterns.gpt2,
  }
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel.use_regex ? byteLevel : { type: 'Sequence', pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  }
}
