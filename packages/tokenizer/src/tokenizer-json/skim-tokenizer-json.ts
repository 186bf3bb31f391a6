import { JsonBytes, NotSkimmable } from '../load/json-bytes.ts'
import type { JsonObject } from '../load/json-shape.ts'
import type { ListedModel } from '../model/byte-level/listed-model.ts'
import { skimMerges, skimVocabulary } from '../model/byte-level/skim-model.ts'

/** A tokenizer.json whose vocabulary and merges were read where they lie. */
export interface SkimmedTokenizer {
  /** The file, with an empty vocabulary and no merges. */
  readonly json: JsonObject
  readonly listed: ListedModel
}

/** A stretch of the file that is left out. */
type Span = readonly [start: number, end: number]

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a tokenizer.json of BPE without making strings and objects of its merges, which takes a third of the time. Only as `tokenizers`
 * writes it: the vocabulary before the merges, no token and no id twice; and no prefix of what continues a word, which a merge leaves out
 * of what it makes. Undefined for anything else, right or wrong: then it is to be read as any JSON is.
 */
export function skimTokenizerJson(bytes: Uint8Array): SkimmedTokenizer | undefined {
  try {
    return skim(bytes)
  } catch (error) {
    // What is no JSON is refused by whoever reads all of it.
    if (error instanceof NotSkimmable || error instanceof SyntaxError || error instanceof TypeError)
      return undefined
    throw error
  }
}

function skim(bytes: Uint8Array): SkimmedTokenizer | undefined {
  const file = new JsonBytes(bytes)
  let model: ReturnType<typeof skimModel>
  for (const member of members(file)) {
    if (member !== 'model') {
      file.skipValue()
      continue
    }
    if (model !== undefined) return undefined
    model = skimModel(file)
    if (model === undefined) return undefined
  }
  if (model === undefined) return undefined
  const json = JSON.parse(utf8.decode(without(bytes, model.spans))) as JsonObject
  return isSkimmable(json['model'] as JsonObject) ? { json, listed: model.listed } : undefined
}

function isSkimmable({ type, continuing_subword_prefix: prefix }: JsonObject): boolean {
  return (type === undefined || type === 'BPE') && (prefix === undefined || prefix === null || prefix === '')
}

function skimModel(
  file: JsonBytes,
): { readonly listed: ListedModel; readonly spans: readonly Span[] } | undefined {
  const spans: Span[] = []
  let ids: ReturnType<typeof skimVocabulary> | undefined
  let merges: ReturnType<typeof skimMerges> | undefined
  for (const member of members(file)) {
    file.peek()
    const start = file.at
    if (member === 'type') {
      const { bytes, start: from, end } = file.string()
      if (utf8.decode(bytes.subarray(from, end)) !== 'BPE') return undefined
      continue
    }
    if (member === 'vocab' && ids === undefined) ids = skimVocabulary(file)
    else if (member === 'merges' && ids !== undefined && merges === undefined) merges = skimMerges(file, ids)
    else if (member === 'vocab' || member === 'merges') return undefined
    else {
      file.skipValue()
      continue
    }
    // The brackets stay.
    spans.push([start + 1, file.at - 1])
  }
  return ids === undefined || merges === undefined ? undefined : { listed: { ids, merges }, spans }
}

/** The names of an object's members; whoever asks for the next one has read the value of this one. */
function* members(file: JsonBytes): Generator<string> {
  file.expect('{')
  if (file.takes('}')) return
  do {
    const { bytes, start, end } = file.string()
    const name = utf8.decode(bytes.subarray(start, end))
    file.expect(':')
    yield name
  } while (file.takes(','))
  file.expect('}')
}

function without(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  const kept = new Uint8Array(spans.reduce((length, [start, end]) => length - (end - start), bytes.length))
  let from = 0
  let at = 0
  for (const [start, end] of [...spans, [bytes.length, bytes.length] as const]) {
    kept.set(bytes.subarray(from, start), at)
    at += start - from
    from = end
  }
  return kept
}
