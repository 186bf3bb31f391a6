import { LoneIdWriter, type DatasetStorage, type ListIdentity, type LoneId } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import type { WindowIndex } from './window-index.ts'
import { rangeOfDocument } from './documents.ts'
import type { TokenReader } from '../tokens/token-stream.ts'

/** Ids that are read at a time. */
const blockLength = 1 << 16

/**
 * Publishes the documents of one id of a run whose windows are filled up: no window holds them, since nothing follows the id, and
 * every other document is whole in its windows. With them the dataset holds all of its corpus.
 *
 * @returns undefined where there are none, and where windows leave out more than that, or do not say whose they are
 */
export async function publishLoneDocuments(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
  windows: WindowIndex,
): Promise<ListIdentity | undefined> {
  const { boundary, tail, documents } = plan.config
  if (boundary !== 'document' || tail !== 'pad' || documents === 'none') return undefined
  if (windows.shortDocuments === 0) return undefined
  const writer = new LoneIdWriter(storage)
  for await (const loneId of loneIds(plan, tokens, windows)) await writer.add(loneId)
  return writer.end()
}

async function* loneIds(plan: Plan, tokens: TokenReader, windows: WindowIndex): AsyncGenerator<LoneId, void> {
  for (const [
    segment,
    { receipt, start, skipped, continued, firstDocument },
  ] of tokens.index.segments.entries()) {
    const table = await tokens.documentTable(segment)
    let block: { readonly first: number; readonly ids: Int32Array } = { first: 0, ids: new Int32Array(0) }
    for (let row = continued ? 1 : 0; row < receipt.documents; row++) {
      const range = rangeOfDocument(tokens.index, windows, { segment, table, row }, plan.config)
      if (range.length !== 1) continue
      const index = range.start - start + skipped
      if (index >= block.first + block.ids.length) {
        const end = Math.min(index + blockLength, receipt.tokens)
        block = { first: index, ids: await tokens.readSegment(segment, index, end) }
      }
      yield { document: firstDocument + row, id: block.ids[index - block.first]! }
    }
  }
}
