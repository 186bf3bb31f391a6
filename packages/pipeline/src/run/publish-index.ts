import type { DatasetStorage, DocumentTableIdentity, ListIdentity } from '@sluice/dataset'
import { runNames } from '../folder/names.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import { membersOf } from '../task/source-group.ts'
import { segmentKey, type RunSegment } from '../task/task.ts'
import { publishDocumentTable } from '../tokens/document-table.ts'
import { publishTokenIndex } from '../tokens/token-index-file.ts'
import { tokenReceiptName, type TokenReceipt } from '../tokens/token-receipt.ts'
import { indexTokens, TokenReader, type TokenIndex } from '../tokens/token-stream.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
import { wholeHoles } from '../tokens/whole-holes.ts'
import type { PartCut } from '../task/part-task.ts'
import { publishDocumentParts } from '../windows/document-parts.ts'
import { openPartCut } from '../windows/open-part-cut.ts'
import { publishPacking } from '../windows/packing.ts'
import { publishLoneDocuments } from '../windows/lone-documents.ts'
import { publishOrder } from '../windows/row-order.ts'
import { refuseShortTail } from '../windows/short-tail.ts'
import { indexWindows, type WindowIndex } from '../windows/window-index.ts'
import { sideBySide } from '../task/side-by-side.ts'
import { tooShort } from './too-short.ts'

/** The ids of a run in order, and its windows: what parts are made from. */
export interface PublishedIndex {
  readonly stream: TokenIndex<TokenReceipt>
  readonly windows: WindowIndex
  /** The file that parts are made from. */
  readonly name: string
  readonly parts: PartCut
  /** The table of the documents; undefined where they carry nothing along. */
  readonly documentTable: DocumentTableIdentity | undefined
  /** The documents of one id; undefined where there are none, or windows leave out more. */
  readonly loneIds: ListIdentity | undefined
}

/**
 * Publishes the index of a run whose segments are all tokenized. Whoever finds all receipts may do it, several at a time.
 *
 * @throws RunError `too-short`, `short-tail`
 */
export async function publishIndex(
  storage: DatasetStorage,
  { plan }: PlannedRun,
  ofSegments: readonly TokenReceipt[],
): Promise<PublishedIndex> {
  const receipts = wholeHoles(ofSegments)
  const stream = indexTokens(receipts, plan.config.separator === 'between')
  const cut = indexWindows(stream, plan.config)
  const sources = openPlannedSources(storage, plan.sources)
  if (cut.windows === 0) throw await tooShort(plan, sources, stream)
  await using reader = new TokenReader(storage, stream)
  await refuseShortTail(plan, sources, reader, cut)
  const name = await publishTokenIndex(storage, receipts)
  const windows =
    plan.config.packing === 'none'
      ? cut
      : { ...cut, windows: await publishPacking(storage, name, reader, cut, plan.config) }
  const { shuffle } = plan.config
  if (shuffle !== null) await publishOrder(storage, windows.windows, shuffle.seed)
  const documentTable = await publishDocumentTable(storage, plan, reader, name)
  const loneIds = await publishLoneDocuments(storage, plan, reader, cut)
  if (plan.config.per === 'document') await publishDocumentParts(storage, plan, reader, cut, name)
  const parts = await openPartCut(storage, plan, { name, windows: windows.windows })
  return { stream, windows, name, parts, documentTable, loneIds }
}

/** Receipts that are read beside each other. */
const atOnce = 16

/** The receipts of segments in order, and the segments that have none: found by one listing, so that none is asked for in vain. */
export async function findTokenReceipts(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  segments: readonly RunSegment[],
): Promise<{ readonly receipts: readonly TokenReceipt[]; readonly missing: readonly RunSegment[] }> {
  const isDone = await lookForReceipts(storage)
  const sources = openPlannedSources(storage, plan.sources)
  const missing: RunSegment[] = []
  const wanted: { readonly segment: RunSegment; readonly of: RunSegment }[] = []
  for (const segment of segments) {
    // A group that could not be done as one was done source by source.
    const isWhole = isDone(segment) || segment.count === undefined
    const own = isWhole ? [segment] : await membersOf(segment, sources)
    if (own.length > 0 && own.every(isDone)) wanted.push(...own.map((one) => ({ segment: one, of: segment })))
    else missing.push(segment)
  }
  if (missing.length > 0) return { receipts: [], missing }
  const found = await sideBySide(wanted, atOnce, ({ segment }) => findTokenReceipt(storage, planId, segment))
  const isThere = (receipt: TokenReceipt | undefined): receipt is TokenReceipt => receipt !== undefined
  if (found.every(isThere)) return { receipts: found, missing }
  // A receipt of another plan, or one whose ids are gone.
  const broken = new Set(wanted.flatMap(({ of }, place) => (found[place] === undefined ? [of] : [])))
  return { receipts: [], missing: segments.filter((segment) => broken.has(segment)) }
}

/** Returns whether a segment has a receipt, by a listing of all. */
async function lookForReceipts(storage: DatasetStorage): Promise<(segment: RunSegment) => boolean> {
  const names = new Set((await storage.list(runNames.tokens)).map(({ name }) => `${runNames.tokens}/${name}`))
  return ({ source, ...segment }) => names.has(tokenReceiptName(source, segmentKey(segment)))
}

/** The segments of a run, with the members of each group that an earlier attempt had to do source by source: its holes stay. */
export async function takeApart(
  storage: DatasetStorage,
  { plan }: PlannedRun,
  segments: readonly RunSegment[],
): Promise<readonly RunSegment[]> {
  if (plan.config.onPoison !== 'hole' || segments.every(({ count }) => count === undefined)) return segments
  const isDone = await lookForReceipts(storage)
  const sources = openPlannedSources(storage, plan.sources)
  const apart: RunSegment[] = []
  for (const segment of segments) {
    const members = isDone(segment) ? [] : await membersOf(segment, sources)
    apart.push(...(members.some(isDone) ? members : [segment]))
  }
  return apart
}
