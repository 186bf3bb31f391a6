import { TokenizerError } from '../../errors.ts'
import { type Field, readFields } from './protobuf.ts'

/** What a piece of a SentencePiece model is: `SentencePiece.Type`. */
export const PieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

/** One piece of the vocabulary; its id is its place. */
export interface SentencePiece {
  readonly text: string
  /** In single precision. */
  readonly score: number
  /** One of {@link PieceType}. */
  readonly type: number
}

/** What is needed of `ModelProto` of SentencePiece. */
export interface ModelProto {
  readonly pieces: readonly SentencePiece[]
  /** `TrainerSpec.ModelType`: 1 Unigram, 2 BPE, 3 word, 4 character. */
  readonly modelType: number
  readonly treatWhitespaceAsSuffix: boolean
  readonly byteFallback: boolean
  readonly unkSurface: string
  readonly charsmap: Uint8Array
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
  /** The map that is applied to decoded text; empty in nearly all files. */
  readonly denormalizerCharsmap: Uint8Array
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/**
 * Reads a SentencePiece `.model` file.
 *
 * @throws TokenizerError `invalid-vocabulary` for bytes that are none
 */
export function readModelProto(bytes: Uint8Array): ModelProto {
  const pieces: SentencePiece[] = []
  let trainer = new Map<number, Field[1]>()
  let normalizer = new Map<number, Field[1]>()
  let denormalizer = new Map<number, Field[1]>()
  for (const [number, value] of readFields(bytes)) {
    if (typeof value === 'number') continue
    if (number === 1) pieces.push(readPiece(value))
    // Of a message that comes twice the fields are joined.
    else if (number === 2) trainer = new Map([...trainer, ...readFields(value)])
    else if (number === 3) normalizer = new Map([...normalizer, ...readFields(value)])
    else if (number === 5) denormalizer = new Map([...denormalizer, ...readFields(value)])
  }
  if (pieces.length === 0)
    throw new TokenizerError('invalid-vocabulary', 'Expected a SentencePiece model with pieces, got none')
  return {
    pieces,
    modelType: numberOf(trainer.get(3), 1),
    treatWhitespaceAsSuffix: numberOf(trainer.get(24), 0) !== 0,
    byteFallback: numberOf(trainer.get(35), 0) !== 0,
    unkSurface: textOf(trainer.get(44), ' \u2047 '),
    charsmap: bytesOf(normalizer.get(2)),
    addDummyPrefix: numberOf(normalizer.get(3), 1) !== 0,
    removeExtraWhitespaces: numberOf(normalizer.get(4), 1) !== 0,
    escapeWhitespaces: numberOf(normalizer.get(5), 1) !== 0,
    denormalizerCharsmap: bytesOf(denormalizer.get(2)),
  }
}

function readPiece(bytes: Uint8Array): SentencePiece {
  const fields = new Map(readFields(bytes))
  return {
    text: textOf(fields.get(1), ''),
    score: numberOf(fields.get(2), 0),
    type: numberOf(fields.get(3), PieceType.normal),
  }
}

function numberOf(value: Field[1] | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function bytesOf(value: Field[1] | undefined): Uint8Array {
  return typeof value === 'object' ? value : new Uint8Array(0)
}

function textOf(value: Field[1] | undefined, otherwise: string): string {
  if (typeof value !== 'object') return otherwise
  try {
    return utf8.decode(value)
  } catch (cause) {
    throw new TokenizerError('invalid-vocabulary', 'Expected the texts of a SentencePiece model in UTF-8', {
      cause,
    })
  }
}
