import { tokenBytes, type Vocabulary } from '../vocabulary/vocabulary.ts'
import type { EncodingDefinition } from './definitions.ts'

/**
 * The text whose sha256 is an encoding's identity: a line `<bytes in hex> <id>` for every rank, the pattern, and a line
 * `<JSON string> <id>` for every special token in the order of ids. The name is no part of it: gpt2 is r50k_base.
 */
export function identityText(definition: EncodingDefinition, vocabulary: Vocabulary): string {
  const { bytes, offsets } = tokenBytes(vocabulary)
  const lines: string[] = []
  for (let rank = 0; rank < definition.rankCount; rank++) {
    let hex = ''
    for (let i = offsets[rank]!; i < offsets[rank + 1]!; i++) hex += bytes[i]!.toString(16).padStart(2, '0')
    const id = definition.idGap !== undefined && rank >= definition.idGap ? rank + 1 : rank
    lines.push(`${hex} ${id}`)
  }
  lines.push(`pattern ${definition.pattern}`)
  const specials = [...definition.specialTokens].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
  for (const [text, id] of specials) lines.push(`${JSON.stringify(text)} ${id}`)
  return `${lines.join('\n')}\n`
}
