import type { Normalizer } from '../normalize/normalizer.ts'
import type { PhasedToken } from '../special/special-rules.ts'
import { arrayAt, invalid, objectAt, stringAt } from '../load/json-shape.ts'

/** A token as the file lists it. */
interface ListedToken {
  readonly content: string
  readonly singleWord: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

/** The most ids that a file may have: a hostile one cannot ask for gigabytes of tables. */
const mostIds = 1 << 24

/**
 * Reads `added_tokens`. Ids are given as the reference gives them, whatever the file says: that of the vocabulary for a token that is in
 * it, for others the next one after the vocabulary and the added tokens before.
 *
 * @param ids the vocabulary
 */
export function readAddedTokens(
  value: unknown,
  ids: Pick<ReadonlyMap<string, number>, 'get' | 'size'>,
  normalizer: Normalizer | undefined,
): PhasedToken[] {
  const listed = arrayAt(value ?? [], 'added_tokens').map(readToken)
  const idOf = new Map<string, number>()
  const lastOf = new Map<number, ListedToken>()
  const special: ListedToken[] = []
  const isSpecial = new Set<string>()
  const others: ListedToken[] = []
  for (const token of listed) {
    if (token.special && token.content !== '' && !isSpecial.has(token.content)) {
      special.push(token)
      isSpecial.add(token.content)
    }
  }
  const seen = new Set<string>()
  let highest = -1
  for (const token of listed) {
    const text = JSON.stringify(token)
    if (token.content === '' || seen.has(text)) continue
    const id = idOf.get(token.content) ?? ids.get(token.content) ?? nextId(highest, ids.size)
    if (id >= mostIds) invalid('added_tokens', `tokens with ids below ${mostIds}`, id)
    idOf.set(token.content, id)
    highest = Math.max(highest, id)
    const replaced = lastOf.get(id)
    if (replaced !== undefined) seen.delete(JSON.stringify(replaced))
    lastOf.set(id, token)
    seen.add(text)
    if (!isSpecial.has(token.content)) others.push(token)
  }
  return [...special, ...others].map(({ content, normalized }) => {
    const id = idOf.get(content)!
    const { lstrip, rstrip, singleWord } = lastOf.get(id)!
    const isOrdinary = !isSpecial.has(content)
    const token = { text: content, id, lstrip, rstrip, singleWord, ...(isOrdinary && { isOrdinary }) }
    if (!normalized) return token
    return { ...token, isNormalized: true, pattern: normalizer?.normalize(content) ?? content }
  })
}

function nextId(highest: number, vocabularySize: number): number {
  return highest >= vocabularySize || (vocabularySize === 0 && highest >= 0) ? highest + 1 : vocabularySize
}

function readToken(entry: unknown, i: number): ListedToken {
  const path = `added_tokens[${i}]`
  const token = objectAt(entry, path)
  return {
    content: stringAt(token['content'], `${path}.content`),
    singleWord: token['single_word'] === true,
    lstrip: token['lstrip'] === true,
    rstrip: token['rstrip'] === true,
    normalized: token['normalized'] === true,
    special: token['special'] === true,
  }
}
