export { BlockEncoder, createEncodeTransform, encodeStream } from './encode-stream.ts'
export type {
  EncodeIntoOptions,
  EncodeOptions,
  BlockEncoderOptions,
  EncodeStreamOptions,
  Encoding,
  OffsetEncoding,
} from './encoding.ts'
export type { EncodingName } from './encodings/definitions.ts'
export { TokenizerError, type TokenizerErrorCode } from './errors.ts'
export type { EncoderOptions } from './create-encoder.ts'
export { type EncodingOptions, encodingNames, getEncoding } from './get-encoding.ts'
export type { Asset } from './load/asset.ts'
export {
  type ResolvedTokenizer,
  reopenTokenizer,
  resolveTokenizer,
  type TokenizerDescription,
  type TokenizerFileDetails,
  tokenizerFileKind,
  type TokenizerSource,
} from './resolve/resolve-tokenizer.ts'
export type { TokenizerFile } from './files/tokenizer-file.ts'
export { patternNames } from './encodings/patterns.ts'
export { type TokenizerFileKind, tokenizerFileKinds } from './resolve/tokenizer-file-kinds.ts'
export { findSafeCut } from './safe-cut.ts'
export { loadTokenizerJson, type TokenizerJsonOptions } from './tokenizer-json/load-tokenizer-json.ts'
export { trainBpe, type TrainBpeOptions } from './train/train-bpe.ts'
