import type { Encoding } from '../../encoding.ts'
import { TokenizerError } from '../../errors.ts'
import { sha256Hex } from '#sha256'
import type { TokenizerFile, TokenizerFileOptions } from '../tokenizer-file.ts'
import { readModelProto } from './model-proto.ts'
import { SentencePieceEncoding } from './sentencepiece-encoding.ts'

/**
 * Makes an encoding of a SentencePiece `.model` file: Llama 2's and Gemma's `tokenizer.model`, T5's and ALBERT's `spiece.model`. Its ids are
 * those of the `sentencepiece` library, without `<s>` and `</s>` around the text.
 *
 * @throws TokenizerError `unsupported-component`, naming it, for what is not followed exactly, `invalid-vocabulary` for another kind of
 * file
 */
export async function loadSentencePiece(
  file: TokenizerFile,
  options: TokenizerFileOptions,
): Promise<Encoding> {
  const proto = readModelProto(file.bytes)
  if (proto.treatWhitespaceAsSuffix) refuse(file, '`treat_whitespace_as_suffix`')
  if (!proto.escapeWhitespaces) refuse(file, '`escape_whitespaces` false')
  if (proto.denormalizerCharsmap.length > 0) refuse(file, 'a map of characters for decoding')
  return new SentencePieceEncoding({
    name: options.name ?? file.name,
    sha256: await sha256Hex(file.bytes),
    proto,
    endOfText: options.endOfText,
  })
}

function refuse(file: TokenizerFile, what: string): never {
  throw new TokenizerError(
    'unsupported-component',
    `Expected a SentencePiece model that is followed exactly, got ${what} in ${file.name}`,
  )
}
