export { CorpusError, type CorpusErrorCode, type CorpusErrorFacts } from './corpus-error.ts'
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
export type { ByteRange, ByteSource, SourceIdentity } from './sources/byte-source.ts'
export { openLocalFile } from './sources/local-file.ts'
export { replacementCharacter, Utf8Gate, type OnInvalidUtf8 } from './utf8/utf8-gate.ts'
