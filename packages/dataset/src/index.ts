export { DatasetError, storageError, type DatasetErrorCode, type DatasetErrorFacts } from './errors.ts'
export { exportDocuments, type ExportDocumentsOptions } from './export/export-documents.ts'
export {
  exportDataset,
  ExportFormat,
  type ExportOptions,
  type ExportReport,
} from './export/export-dataset.ts'
export { traceRow, type RowOrigin, type RowPiece, type SourceRange } from './documents/trace-row.ts'
export type { SequenceUnit } from './documents/document-unit.ts'
export {
  columnsOf,
  partColumnsOf,
  elementByteLength,
  type Column,
  type ColumnName,
  type ElementType,
  type TextColumn,
} from './layout/columns.ts'
export {
  DocumentColumns,
  EmbeddingDtype,
  EmbeddingLayout,
  EmbeddingMode,
  IdColumns,
  IdType,
  PartFormat,
  largestRowByteLengthOf,
  Pool,
  resolveLayout,
  rowByteLengthOf,
  RowKind,
  type DatasetLayout,
  type KeptLayout,
  type LayoutOptions,
} from './layout/layout.ts'
export { tokenByteLengthOf, tokensPerBatchOf, tokensPerPartOf } from './layout/document-rows.ts'
export { usualPartByteLength, windowsPerPartOf } from './layout/windows-per-part.ts'
export { reservedColumnNames } from './layout/column-names.ts'
export { documentRows } from './layout/document-table.ts'
export type { DocumentFile } from './part/document-file.ts'
export type { DocumentBatch } from './part/document-batch.ts'
export { openTable, type OpenTable } from './reader/lazy/open-table.ts'
export { npyHeader } from './token-files/npy.ts'
export { DocumentTable, type DocumentRecord } from './reader/document-table.ts'
export { writeDocuments } from './part/write-documents.ts'
export { TextBuilder, textAt, type TextValues } from './part/text-values.ts'
export {
  documentsFolder,
  headerName,
  listsFolder,
  manifestName,
  partsFolder,
  planName,
  tablesReceiptName,
  receiptsFolder,
  tablesFolder,
} from './layout/names.ts'
export {
  makeSourceList,
  isSourceList,
  openListedSources,
  openSources,
  readerOf,
  sourceBytesOf,
  sourceCountOf,
} from './lists/sources.ts'
export { makePartList } from './lists/parts.ts'
export type { ListedSource, SourceReader } from './lists/sources.ts'
export { mostInlineRows, type ListFile, type ListIdentity } from './lists/list-kind.ts'
export { sourceListSchema, type SourceList } from './lists/list-schema.ts'
export { LoneIdWriter, type LoneId } from './lists/lone-ids.ts'
export type { MadeListFile } from './lists/make-list.ts'
export { buildManifest } from './manifest/build-manifest.ts'
export { commitManifest, findReceipt } from './manifest/commit.ts'
export { manifestFileOf, publishManifest, type ManifestFile } from './manifest/manifest-file.ts'
export { manifestJsonSchema } from './manifest/json-schema.ts'
export {
  documentManifestVersion,
  manifestVersion,
  tokenManifestVersion,
  type DatasetIdentities,
  type DatasetManifest,
  type DatasetTotals,
  type DocumentTableIdentity,
  type FileIdentity,
  type ModelIdentity,
  type PositionsIdentity,
  type FaultPlace,
  type Hole,
  type InputAccount,
  type JsonValue,
  type KeptIdsIdentity,
  type ManifestHeader,
  type ShuffleRule,
  type TableIdentity,
  type TokenizerIdentity,
  type WindowRule,
} from './manifest/manifest.ts'
export type { ManifestPart } from './part/receipt.ts'
export type { SourceIdentity } from './lists/source-identity.ts'
export { readManifest, readRowManifest } from './manifest/read-manifest.ts'
export {
  ignoredTarget,
  type CuSeqlens,
  type Int64Values,
  type PartBatch,
  type PieceLists,
} from './part/part-batch.ts'
export type { DocumentRows } from './part/document-rows.ts'
export {
  createDocumentPartWriter,
  createPartWriter,
  type AppendOptions,
  type DocumentPartWriter,
  type PartCounts,
  type PartWriter,
  type PartWriterOptions,
} from './part/part-writer.ts'
export type { PartReceipt } from './part/receipt.ts'
export { splitWindowIds } from './part/window-ids.ts'
export type { BatchPlace, ColumnPlace } from './reader/batch-place.ts'
export {
  DocumentDataset,
  holdsDocuments,
  openDocuments,
  type DocumentBatchesOptions,
  type DocumentReadOptions,
} from './reader/document-dataset.ts'
export type { DocumentRowBatch } from './reader/document-row-batch.ts'
export { Dataset, type BatchesOptions, type ReadOptions } from './reader/dataset.ts'
export { RowDataset } from './reader/row-dataset.ts'
export type { ExpectedIdentities } from './reader/identities.ts'
export { openDataset, type OpenDatasetOptions } from './reader/open-dataset.ts'
export type { WindowBatch } from './reader/window-batch.ts'
export { Breath } from './storage/breath.ts'
export { nodeFileSystem, type FileSystem } from './storage/file-system.ts'
export { folderStorage, temporaryFolder, type FolderStorageOptions } from './storage/folder.ts'
export { publishBytes } from './storage/publish-bytes.ts'
export { canonicalJson, publishJson, sha256OfJson } from './storage/publish-json.ts'
export { datasetLimits } from './limits.ts'
export { readJson } from './storage/read-json.ts'
export type {
  DatasetStorage,
  GrowingObject,
  HashedBytes,
  ListedEntry,
  ObjectStat,
  ReadHandle,
  StagedObject,
  StageOptions,
} from './storage/storage.ts'
export { planRepair, type RepairAction, type RepairOptions, type RepairPlan } from './repair/repair-plan.ts'
export { applyRepair } from './repair/repair.ts'
export type { DocumentStarts } from './token-files/document-starts.ts'
export { encodeDocumentIndex } from './token-files/encode-index.ts'
export { int64Bytes } from './token-files/int64-bytes.ts'
export { readDocumentStarts } from './token-files/read-document-starts.ts'
export { readIdBlocks, type IdBlock } from './token-files/read-ids.ts'
export { holdsTokenFiles, readTokenManifest } from './token-files/read-token-manifest.ts'
export {
  documentIndexName,
  flatIdByteLength,
  flatIdTypeOf,
  tokenFilesByteLength,
  TokenFormat,
  tokensName,
  type FlatIdType,
} from './token-files/token-format.ts'
export { tokenManifestJsonSchema } from './token-files/token-manifest-schema.ts'
export type { TokenFile, TokenManifest, TokenTotals } from './token-files/token-manifest.ts'
export type { Recompute, RecomputedWindow } from './verify/deep.ts'
export type { RecomputeDocument, RecomputedDocument } from './verify/deep-documents.ts'
export type { Problem, ProblemCode } from './verify/problem.ts'
export {
  verifyTokenFiles,
  type TokenVerifyReport,
  type VerifyTokenOptions,
} from './verify/verify-token-files.ts'
export { verifyDataset, type VerifyOptions, type VerifyReport } from './verify/verify-dataset.ts'
export { writeDataset } from './write/write-dataset.ts'
export type { EmbedIds, IdArray, IdInput, WriteDatasetOptions } from './write/write-options.ts'
