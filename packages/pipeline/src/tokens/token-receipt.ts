import * as z from 'zod'
import type { ProblemCounts } from '@sluice/corpus'
import { documentSumsSchema, type DocumentSums } from './document-sums.ts'

/** What is known of a tokenized segment. */
export interface SegmentReceipt {
  readonly version: 1
  /** sha256 of the canonical plan. */
  readonly planId: string
  /** Index of the source in the plan; of a group the first. */
  readonly source: number
  /** Of each source of a group, how many rows of the document table are its documents. @default all are of `source` */
  readonly rows?: readonly number[]
  /** Which part of the source, as `segmentKey` names it. */
  readonly segment: string
  /** Ids in the file, separators included. */
  readonly tokens: number
  /** Rows of the document table: documents that begin in the segment, and one that continues from the segment before. */
  readonly documents: number
  /** Places where bytes that are not UTF-8 make positions in the source run away from those in the text. @default none */
  readonly jumps?: number
  /** The first document of the segment began in an earlier one. */
  readonly continued: boolean
  /** The segment's last document continues in the next segment. */
  readonly open: boolean
  /** What the documents are when each is cut for itself; absent where windows cross documents. */
  readonly sums?: DocumentSums
  /** Bytes of an id in the file. */
  readonly idByteLength: 2 | 4
  readonly byteLength: number
  /** What was skipped or replaced, by reason; in a group only {@link problemsOf} says. */
  readonly problems: ProblemCounts
  /** Problems of each source of a group, for the sources that have any. */
  readonly problemsOf?: readonly SourceProblems[]
  /** The file with the documents' kept values; absent where none are kept. */
  readonly kept?: KeptFile
  /** Why the segment could not be read: its text is missing, and no ids stand for it. */
  readonly hole?: string
}

/** The proof that one segment is tokenized: published after the ids themselves. */
export interface TokenReceipt extends SegmentReceipt {
  /** `tokens/<source>-<segment>-<first 16 digits of sha256>.ids` */
  readonly name: string
  readonly sha256: string
}

/** A published file of kept values. */
export interface KeptFile {
  /** `tokens/<source>-<segment>-<first 16 digits of sha256>.kept` */
  readonly name: string
  readonly byteLength: number
  readonly sha256: string
}

/** What was skipped or replaced in one source of a group. */
export interface SourceProblems {
  /** Index of the source in the plan. */
  readonly source: number
  readonly problems: ProblemCounts
}

const count = z.int().nonnegative()

const problems = z.record(
  z.string(),
  z.strictObject({ count, first: z.array(count) }),
) as z.ZodType<ProblemCounts>

const file = { name: z.string(), sha256: z.hex() }

const segmentReceipt = z.strictObject({
  version: z.literal(1),
  planId: z.hex(),
  source: count,
  rows: z.array(count).exactOptional(),
  segment: z.string(),
  tokens: count,
  documents: count,
  jumps: count.exactOptional(),
  continued: z.boolean(),
  open: z.boolean(),
  sums: documentSumsSchema.exactOptional(),
  idByteLength: z.literal([2, 4]),
  byteLength: count,
  problems,
  problemsOf: z.array(z.strictObject({ source: count, problems })).exactOptional(),
  kept: z.strictObject({ ...file, byteLength: count }).exactOptional(),
  hole: z.string().exactOptional(),
})

/** What a receipt must look like when it is read back. */
export const tokenReceiptSchema: z.ZodType<TokenReceipt> = segmentReceipt.extend(file)

/** The same of a segment of which the file may be gone, or never was. */
export const segmentReceiptSchema: z.ZodType<SegmentReceipt> = segmentReceipt.extend({
  name: file.name.exactOptional(),
  sha256: file.sha256.exactOptional(),
})

const folder = 'tokens'

/** `tokens/00003-0-8388608`: how the names of a segment's ids and receipt start. */
function tokenStem(source: number, segment: string): string {
  return `${folder}/${String(source).padStart(5, '0')}-${segment}`
}

/** The name of a segment's ids: its place and its content, so that equal names mean equal bytes. */
export function tokenFileName(source: number, segment: string, sha256: string): string {
  return `${tokenStem(source, segment)}-${sha256.slice(0, 16)}.ids`
}

/** The name of the kept values of a segment's documents. */
export function keptFileName(source: number, segment: string, sha256: string): string {
  return `${tokenStem(source, segment)}-${sha256.slice(0, 16)}.kept`
}

export function tokenReceiptName(source: number, segment: string): string {
  return `${tokenStem(source, segment)}.json`
}
