import type { Encoding } from '../encoding.ts'
import { isSentencePiece, loadSentencePiece } from '../files/sentencepiece/load-sentencepiece.ts'
import { isTekken, loadTekken } from '../files/tekken/load-tekken.ts'
import { isTiktoken, loadTiktoken } from '../files/tiktoken/load-tiktoken.ts'
import type { TokenizerFile, TokenizerFileOptions } from '../files/tokenizer-file.ts'
import { loadTokenizerJson } from '../tokenizer-json/load-tokenizer-json.ts'

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

/** Every kind of file that is read. */
export const tokenizerFileReaders: readonly TokenizerFileReader[] = [
  { kind: 'tekken.json', recognizes: isTekken, load: loadTekken },
  {
    kind: 'tokenizer.json',
    recognizes: ({ name }) => name.endsWith('.json'),
    load: (file, options) => loadTokenizerJson(file.bytes, { name: file.name, ...options }),
  },
  { kind: 'sentencepiece', recognizes: isSentencePiece, load: loadSentencePiece },
  { kind: 'tiktoken', recognizes: isTiktoken, load: loadTiktoken },
]
