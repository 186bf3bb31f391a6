import { corpusLimits, type CorpusLimit } from '@sluice/corpus'
import { datasetLimits } from '@sluice/dataset'

const mib = 2 ** 20
const gib = 2 ** 30

/**
 * What a run may be made to hold, read or write by what others give it: sources, tokenizer files, jobs, and files of a run's folder.
 * What exceeds a limit is an error that names it. Each is the most that is held at a time by one thread.
 */
export const runLimits = {
  ...corpusLimits,
  pieceBytes: {
    what: 'a stretch of text without a place to cut it, which each thread tokenizes at once',
    unit: 'bytes',
    default: 16 * mib,
    most: 256 * mib,
    option: 'maxPieceBytes',
  },
  downloadBytes: {
    what: 'a download',
    unit: 'bytes',
    default: 1024 * gib,
    most: 1024 * gib,
  },
  undeclaredBytes: {
    what: 'a download whose length the server does not declare',
    unit: 'bytes',
    default: 64 * gib,
    most: 64 * gib,
  },
  tokenizerBytes: {
    what: "a tokenizer's file",
    unit: 'bytes',
    default: 256 * mib,
    most: 256 * mib,
  },
  jsonBytes: {
    what: 'a plan, manifest, header or receipt',
    unit: 'bytes',
    default: datasetLimits.jsonBytes,
    most: datasetLimits.jsonBytes,
  },
  tableHeaderBytes: {
    what: 'the header of a safetensors file',
    unit: 'bytes',
    default: datasetLimits.tableHeaderBytes,
    most: datasetLimits.tableHeaderBytes,
  },
  partBatchBytes: {
    what: 'a record batch of a dataset',
    unit: 'bytes',
    default: datasetLimits.batchBytes,
    most: datasetLimits.batchBytes,
  },
  jobBytes: {
    what: "a job's data",
    unit: 'bytes',
    default: 16_384,
    most: 16_384,
  },
} as const satisfies Readonly<Record<string, CorpusLimit>>
