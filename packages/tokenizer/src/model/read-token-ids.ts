import { idAt, invalid, type JsonObject } from '../load/json-shape.ts'

/** As many bytes remember the ids of words in each model. */
export const wordCacheBytes: number = 8 << 20

/** Reads the `vocab` object of a model: tokens and their ids, each id once. */
export function readTokenIds(vocab: JsonObject): Map<string, number> {
  const ids = new Map<string, number>()
  const tokenOfId = new Map<number, string>()
  for (const token of Object.keys(vocab)) {
    const id = idAt(vocab[token], `model.vocab[${JSON.stringify(token)}]`)
    const other = tokenOfId.get(id)
    if (other !== undefined)
      invalid(
        `model.vocab[${JSON.stringify(token)}]`,
        `an id of its own, not that of ${JSON.stringify(other)}`,
        id,
      )
    tokenOfId.set(id, token)
    ids.set(token, id)
  }
  return ids
}
