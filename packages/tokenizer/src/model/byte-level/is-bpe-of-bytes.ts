import type { JsonObject } from '../../load/json-shape.ts'

/** Whether a model, behind the pre-tokenizer ByteLevel, is BPE whose symbols are bytes: no other tokens for bytes, and one for a byte wherever it stands. */
export function isBpeOfBytes(model: JsonObject): boolean {
  const { type, byte_fallback: byteFallback } = model
  const affixes = [model['continuing_subword_prefix'], model['end_of_word_suffix']]
  return (
    (type === undefined || type === 'BPE') &&
    byteFallback !== true &&
    affixes.every((affix) => affix === undefined || affix === null || affix === '')
  )
}
