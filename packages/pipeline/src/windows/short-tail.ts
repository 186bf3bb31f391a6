import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import { documentRowLength } from '../tokens/token-file.ts'
import { sourceOfRow, type TokenReader } from '../tokens/token-stream.ts'
import { countTailOfText } from '../plan/window-cut.ts'
import { rangeOfDocument } from './documents.ts'
import type { WindowIndex } from './window-index.ts'

/**
 * Under `tail: error`, refuses ids that no window holds, naming the first document that has some.
 *
 * @throws RunError `short-tail`
 */
export async function refuseShortTail(
  { config }: Plan,
  sources: PlannedSourceReader,
  tokens: TokenReader,
  windows: WindowIndex,
): Promise<void> {
  if (config.tail !== 'error' || windows.tailTokens === 0) return
  if (config.boundary === 'cross') {
    throw shortTail('the corpus', windows.tailTokens)
  }
  for (const [index, segment] of tokens.index.segments.entries()) {
    const { receipt, continued } = segment
    const table = await tokens.documentTable(index)
    for (let row = continued ? 1 : 0; row < receipt.documents; row++) {
      const { length } = rangeOfDocument(tokens.index, windows, { segment: index, table, row }, config)
      const tail = countTailOfText(length, config)
      if (tail === 0) continue
      const source = await sources.at(sourceOfRow(segment, row))
      const where = `${source?.name}, the document at ${table[row * documentRowLength + 1]}`
      throw config.per === 'document' ? tooLong(where, length, config.maxLength) : shortTail(where, tail)
    }
  }
}

/** A document is not cut off unless somebody asks for it. */
function tooLong(where: string, length: number, maxLength: number): RunError {
  return new RunError(
    'short-tail',
    sentence`${where}: expected at most ${maxLength} ids in a row, got ${length}; ${option('maxLength', String(length))} makes room, and a smaller one with ${option('tail', 'drop')} keeps the first ids of longer documents`,
  )
}

function shortTail(where: string, tail: number): RunError {
  const ids = tail === 1 ? '1 id is' : `${tail} ids are`
  return new RunError(
    'short-tail',
    sentence`${where}: ${ids} left over after the last whole window; ${option('tail', 'drop')} leaves such ids out, ${option('tail', 'pad')} fills the window up`,
  )
}
