export { compressions, type Compression } from './compression/compression.ts'
export { CorpusError, type CorpusErrorCode, type CorpusErrorFacts } from './corpus-error.ts'
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
export type { ByteRange, ByteSource, SourceIdentity } from './sources/byte-source.ts'
export { openLocalFile } from './sources/local-file.ts'
export { replacementCharacter, Utf8Gate, type OnInvalidUtf8 } from './utf8/utf8-gate.ts'
