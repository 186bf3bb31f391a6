import type { Encoding } from '../encoding.ts'
import type { TokenizerFile, TokenizerFileOptions } from '../files/tokenizer-file.ts'

/** The kinds of files that hold a tokenizer. */
export const tokenizerFileKinds = ['tokenizer.json', 'tekken.json', 'tiktoken', 'sentencepiece'] as const
/** One of {@link tokenizerFileKinds}. */
export type TokenizerFileKind = (typeof tokenizerFileKinds)[number]

/** How one kind of file is told and read: a row of the table. */
export interface TokenizerFileReader {
  readonly kind: TokenizerFileKind
  /** Whether a file is of this kind, by its name and its first bytes; kinds are asked in the order of the table. */
  readonly recognizes: (file: TokenizerFile) => boolean
  readonly load: (file: TokenizerFile, options: TokenizerFileOptions) => Promise<Encoding>
}

/** Every kind of file that is read. A reader is loaded when a file needs it: most runs use a built-in tokenizer. */
export const tokenizerFileReaders: readonly TokenizerFileReader[] = [
  {
    kind: 'tekken.json',
    recognizes: isTekken,
    load: async (file, options) => {
      const { loadTekken } = await import('../files/tekken/load-tekken.ts')
      return loadTekken(file, options)
    },
  },
  {
    kind: 'tokenizer.json',
    recognizes: ({ name }) => name.endsWith('.json'),
    load: async (file, options) => {
      const { loadTokenizerJson } = await import('../tokenizer-json/load-tokenizer-json.ts')
      return loadTokenizerJson(file.bytes, { name: file.name, ...options })
    },
  },
  {
    kind: 'sentencepiece',
    recognizes: isSentencePiece,
    load: async (file, options) => {
      const { loadSentencePiece } = await import('../files/sentencepiece/load-sentencepiece.ts')
      return loadSentencePiece(file, options)
    },
  },
  {
    kind: 'tiktoken',
    recognizes: isTiktoken,
    load: async (file, options) => {
      const { loadTiktoken } = await import('../files/tiktoken/load-tiktoken.ts')
      return loadTiktoken(file, options)
    },
  },
]

/** Whether a JSON file is a `tekken.json`, by its name or its first member. */
function isTekken({ name, bytes }: TokenizerFile): boolean {
  if (!name.endsWith('.json')) return false
  return (
    /(^|[/\\])tekken[^/\\]*\.json$/.test(name) ||
    /^\s*\{\s*"config"\s*:\s*\{[^{}]*"default_num_special_tokens"/.test(
      new TextDecoder().decode(bytes.subarray(0, 4096)),
    )
  )
}

/** Whether a file is a SentencePiece model: by its name, and not a list of ranks, which some call so too. */
function isSentencePiece({ name, bytes }: TokenizerFile): boolean {
  return /\.(model|spm)$/.test(name) && bytes[0] === 0x0a
}

/** Whether a file begins as a `.tiktoken` file does: base64, a space, a number, a line break. */
function isTiktoken({ bytes }: TokenizerFile): boolean {
  return /^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(new TextDecoder('latin1').decode(bytes.subarray(0, 300)))
}
