import { isUtf8 } from 'node:buffer'
import type { BlockEncoder } from '@sluice/tokenizer'
import { frameLength, frameOf } from '../plan/document-frame.ts'
import type { Plan, PlannedSource } from '../plan/plan.ts'
import type { TokenFileWriter } from './token-file.ts'

/** Writes the ids of a text; returns false where nothing was written: that text is to be read event by event. */
export type WriteShortText = (planned: PlannedSource, bytes: Uint8Array) => boolean

/**
 * Writes small plain texts, each a source of its own, in one go: the ids that come of `readSegment` and the encoder. Of a few
 * kilobytes, passing events on takes longer than making ids. A text that is not UTF-8 is left to them, and so is one that fills the
 * writer's memory: nothing waits here.
 */
export function writeShortTexts(plan: Plan, encoder: BlockEncoder, writer: TokenFileWriter): WriteShortText {
  const { config, tokenizer } = plan
  // A split looks at the text, and kept values are written beside it.
  if (config.format === 'ids' || plan.split !== undefined || plan.layout.kept !== undefined)
    return () => false
  const separator = Uint32Array.of(tokenizer.endOfTextId)
  const frame = frameOf(tokenizer)
  const mostAround = frameLength(frame) + separator.length
  return ({ format, compression }, bytes) => {
    if (format !== 'txt' || compression !== 'none' || !isUtf8(bytes)) return false
    // An attempt that failed may have left the beginning of a text.
    encoder.reset()
    const ids = encoder.encodeShort(bytes)
    if (ids === undefined || !writer.hasRoom(ids.length + mostAround)) return false
    if (config.separator === 'between') void writer.append(separator)
    writer.beginDocument(0)
    void writer.appendMarks(frame.before)
    void writer.append(ids)
    void writer.appendMarks(frame.after)
    writer.endDocument(bytes.length)
    if (config.separator === 'after') void writer.append(separator)
    return true
  }
}
