import { byteLevelBpeJson } from '../tokenizer-json/byte-level-bpe-json.ts'
import { patterns } from '../encodings/patterns.ts'
import { createScanner, knownPattern } from '../pretokenize/known-pattern.ts'
import { charOfByte } from '../unicode/byte-alphabet.ts'
import { PieceCounts } from './count-pieces.ts'
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
 * The corpus is read once, text by text. Memory holds its distinct pieces, about 16 bytes for each of their bytes and 100 for each
 * pair of neighbours.
 *
 * @param corpus the texts; no piece crosses from one to the next
 * @returns the text of a tokenizer.json, to be kept in a file and read with {@link loadTokenizerJson}
 * @throws TypeError when the corpus is one text, or holds anything but texts
 */
export async function trainBpe(
  corpus: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  options: TrainBpeOptions,
): Promise<string> {
  const resolved = resolveTrainBpeOptions(options)
  const scan = createScanner(knownPattern(resolved.pattern))
  const counts = new PieceCounts()
  requireTexts(corpus)
  for await (const text of corpus) {
    requireText(text)
    counts.addText(text, scan)
  }

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
  const pattern = resolved.pattern === patterns.gpt2 ? undefined : resolved.pattern
  const numbered = (texts: readonly string[]): readonly (readonly [string, number])[] =>
    texts.map((text, id) => [text, id])
  const json = byteLevelBpeJson({
    ...{ pattern, merges: pairs },
    specialTokens: numbered(specialTokens),
    vocab: numbered(tokens),
  })
  return `${JSON.stringify(json, null, 2)}\n`
}

/** A string is iterable, character by character; and bytes are, number by number: neither is meant. */
function requireTexts(corpus: unknown): void {
  const isText = typeof corpus === 'string' || ArrayBuffer.isView(corpus)
  const isIterable =
    typeof corpus === 'object' &&
    corpus !== null &&
    (Symbol.iterator in corpus || Symbol.asyncIterator in corpus)
  if (!isText && isIterable) return
  throw new TypeError(
    isText
      ? `Expected \`corpus\` to be texts one after the other, got one ${typeof corpus === 'string' ? 'string' : 'array of bytes'}: put it in a list, as in trainBpe([text], …)`
      : `Expected \`corpus\` to be texts one after the other (an array, a generator or a stream), got ${typeof corpus}`,
  )
}

function requireText(text: unknown): void {
  if (typeof text === 'string' || text instanceof Uint8Array) return
  throw new TypeError(
    `Expected each text of \`corpus\` to be a string or bytes (Uint8Array), got ${typeof text}`,
  )
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
