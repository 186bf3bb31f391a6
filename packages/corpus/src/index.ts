export { compressions, type Compression } from './compression/compression.ts'
export { expansionOf } from './compression/expansion.ts'
export { CorpusError, type CorpusErrorCode, type CorpusErrorFacts } from './errors.ts'
export { detectFormat, type FormatOverride } from './detect/detect-format.ts'
export type { SourceFormat } from './formats/source-format.ts'
export { formats, idDtypes, textFormats, type Format, type IdDtype } from './formats/format.ts'
export { mostVocabSize, type IdOptions } from './ids/id-options.ts'
export { corpusLimits, type CorpusLimit } from './limits.ts'
export type { DocumentEvent, DocumentStream, KeptValues } from './documents/document-event.ts'
export type { OnError, ReadOptions } from './documents/read-options.ts'
export {
  problemReasons,
  ProblemTally,
  type Problem,
  type ProblemCount,
  type ProblemCounts,
  type ProblemReason,
} from './problem.ts'
export type { FindSafeCut } from './cut/cut-text.ts'
export { expectedRatio } from './cut/expected-ratio.ts'
export { planSegments, type SegmentOptions } from './segments/plan-segments.ts'
export { readDocuments, readSegment, type DocumentOptions } from './segments/read-segment.ts'
export type {
  BlockSegment,
  ByteSegment,
  RecordBatchSegment,
  RowGroupSegment,
  Segment,
  WholeSegment,
} from './cut/segment.ts'
export { isPublicAddress, type AddressPolicy } from './http/address-policy.ts'
export type { HttpCredentials, OriginCredentials } from './http/http-credentials.ts'
export type { HttpOptions } from './http/http-options.ts'
export type { S3Credentials, S3Options } from './s3/s3-options.ts'
export { listSources, type ListOptions, type SourceList } from './listing/list-sources.ts'
export type { SkippedEntry, SkipReason } from './listing/skipped-entry.ts'
export { pathOfString } from './bytes/path-bytes.ts'
export { isLocalLocator, redactLocator } from './bytes/locator.ts'
export {
  identifySmallFiles,
  sourceFormatOf,
  type IdentifySmallOptions,
  type SmallFileIdentities,
} from './identify/identify-small-files.ts'
export { BytesSource } from './sources/bytes-source.ts'
export { SmallFileReader, smallFileBytes, smallFileLength } from './sources/small-file.ts'
export { openSource, type SourceOptions } from './sources/open-source.ts'
export { spoolSource, type SpooledSource } from './sources/spool.ts'
export type { ByteRange, ByteSource, FileState, IdentifyWatch, SourceIdentity } from './bytes/byte-source.ts'
export { replacementCharacter, Utf8Gate, type OnInvalidUtf8 } from './utf8/utf8-gate.ts'
