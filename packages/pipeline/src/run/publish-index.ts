import type { DatasetStorage, DocumentTableIdentity } from '@sluice/dataset'
import { runNames } from '../folder/names.ts'
import type { PlannedRun } from '../plan/planned-run.ts'
import { membersOf } from '../task/source-group.ts'
import { segmentKey, type RunSegment } from '../task/task.ts'
import { publishDocumentTable } from '../tokens/document-table.ts'
import { publishTokenIndex } from '../tokens/token-index-file.ts'
import { tokenReceiptName, type TokenReceipt } from '../tokens/token-receipt.ts'
import { indexTokens, TokenReader, type TokenIndex } from '../tokens/token-stream.ts'
import { findTokenReceipt } from '../tokens/tokenize-segment.ts'
import { publishPacking } from '../windows/packing.ts'
import { publishOrder } from '../windows/row-order.ts'
import { refuseShortTail } from '../windows/short-tail.ts'
import { indexWindows, type WindowIndex } from '../windows/window-index.ts'
import { tooShort } from './too-short.ts'

/** The ids of a run in order, and its windows: what parts are made from. */
export interface PublishedIndex {
  readonly stream: TokenIndex
  readonly windows: WindowIndex
  /** The file that parts are made from. */
  readonly name: string
  /** The table of the documents; undefined where they carry nothing along. */
  readonly documentTable: DocumentTableIdentity | undefined
}

/**
 * Publishes the index of a run whose segments are all tokenized. Whoever finds all receipts may do it, several at a time.
 *
 * @throws RunError `too-short`, `short-tail`
 */
export async function publishIndex(
  storage: DatasetStorage,
  { plan }: PlannedRun,
  receipts: readonly TokenReceipt[],
): Promise<PublishedIndex> {
  const stream = indexTokens(receipts, plan.config.separator === 'between')
  const cut = indexWindows(stream, plan.config)
  if (cut.windows === 0) throw tooShort(plan, stream)
  await using reader = new TokenReader(storage, stream)
  await refuseShortTail(plan, reader, cut)
  const name = await publishTokenIndex(storage, receipts)
  const windows =
    plan.config.packing === 'none'
      ? cut
      : { ...cut, windows: await publishPacking(storage, name, reader, cut, plan.config) }
  const { shuffle } = plan.config
  if (shuffle !== null) await publishOrder(storage, windows.windows, shuffle.seed)
  const documentTable = await publishDocumentTable(storage, plan, reader, name)
  return { stream, windows, name, documentTable }
}

/** The receipts of segments in order, and the segments that have none. */
export async function findTokenReceipts(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  segments: readonly RunSegment[],
): Promise<{ readonly receipts: readonly TokenReceipt[]; readonly missing: readonly RunSegment[] }> {
  const receipts: TokenReceipt[] = []
  const missing: RunSegment[] = []
  for (const segment of segments) {
    const receipt = await findTokenReceipt(storage, planId, segment)
    if (receipt !== undefined) {
      receipts.push(receipt)
      continue
    }
    // A group that could not be done as one was done source by source.
    const members = segment.count === undefined ? [] : membersOf(segment, plan.sources)
    const own: TokenReceipt[] = []
    for (const member of members) {
      const found = await findTokenReceipt(storage, planId, member)
      if (found === undefined) break
      own.push(found)
    }
    if (members.length > 0 && own.length === members.length) receipts.push(...own)
    else missing.push(segment)
  }
  return { receipts, missing }
}

/** The segments of a run, with the members of each group that an earlier attempt had to do source by source: its holes stay. */
export async function takeApart(
  storage: DatasetStorage,
  { plan }: PlannedRun,
  segments: readonly RunSegment[],
): Promise<readonly RunSegment[]> {
  if (plan.config.onPoison !== 'hole' || segments.every(({ count }) => count === undefined)) return segments
  const names = new Set((await storage.list(runNames.tokens)).map(({ name }) => `${runNames.tokens}/${name}`))
  const isDone = (segment: RunSegment): boolean =>
    names.has(tokenReceiptName(segment.source, segmentKey(segment)))
  return segments.flatMap((segment) => {
    const members = membersOf(segment, plan.sources)
    return !isDone(segment) && members.some(isDone) ? members : [segment]
  })
}
