export { compressions, type Compression } from './compression/compression.ts'
export { CorpusError, type CorpusErrorCode, type CorpusErrorFacts } from './errors.ts'
export { detectFormat, type FormatOverride } from './detect/detect-format.ts'
export { formats, type Format, type SourceFormat } from './detect/source-format.ts'
export type { DocumentEvent, DocumentStream } from './documents/document-event.ts'
export type { OnError, ReadOptions } from './documents/read-options.ts'
export {
  problemReasons,
  ProblemTally,
  type Problem,
  type ProblemCount,
  type ProblemCounts,
  type ProblemReason,
} from './problem.ts'
export type { FindSafeCut } from './segments/cut-text.ts'
export { planSegments, type SegmentOptions } from './segments/plan-segments.ts'
export { readDocuments, readSegment, type DocumentOptions } from './segments/read-segment.ts'
export type {
  ByteSegment,
  RecordBatchSegment,
  RowGroupSegment,
  Segment,
  WholeSegment,
} from './segments/segment.ts'
export { isPublicAddress, type AddressPolicy } from './http/address-policy.ts'
export type { HttpOptions } from './http/http-options.ts'
export type { S3Credentials, S3Options } from './s3/s3-options.ts'
export { listSources, type SkippedEntry, type SourceList } from './sources/list-sources.ts'
export { openSource, type SourceOptions } from './sources/open-source.ts'
export { spoolSource, type SpooledSource } from './sources/spool.ts'
export type { ByteRange, ByteSource, SourceIdentity } from './sources/byte-source.ts'
export { replacementCharacter, Utf8Gate, type OnInvalidUtf8 } from './utf8/utf8-gate.ts'
