import type { SpaceMark } from '../assembly/marked-spaces.ts'
import { prependSchemeOf } from './read-pre-tokenizer.ts'
import type { JsonObject } from '../load/json-shape.ts'

/**
 * Whether all that a file does to a text before its model is to write another character for each space, as those of Llama 2, Mistral and Gemma
 * do. Then the model can read the spaces themselves: no space reaches it otherwise.
 */
export function readSpaceMark(json: JsonObject): SpaceMark | undefined {
  const normalizers = listOf(json['normalizer'], 'normalizers')
  const cuts = listOf(json['pre_tokenizer'], 'pretokenizers')
  const [cut] = cuts
  if (normalizers.length === 0 && cuts.length === 1) return readMetaspace(cut!)
  // A cut at spaces, of which there are none left: Gemma's file has one.
  if (!cuts.every(({ type, pattern, invert }) => type === 'Split' && isSpace(pattern) && invert !== true))
    return undefined
  const [prepend] = normalizers
  const replace = normalizers.at(-1)
  if (replace?.['type'] !== 'Replace' || !isSpace(replace['pattern'])) return undefined
  const character = replace['content']
  if (!isMark(character)) return undefined
  if (normalizers.length === 1) return { character, prepended: 'never' }
  const isPrepended = prepend!['type'] === 'Prepend' && prepend!['prepend'] === character
  return normalizers.length === 2 && isPrepended ? { character, prepended: 'always' } : undefined
}

function readMetaspace(step: JsonObject): SpaceMark | undefined {
  const { type, replacement, split } = step
  if (type !== 'Metaspace' || split !== false || !isMark(replacement)) return undefined
  const prepended = { always: 'unless-there', first: 'at-first', never: 'never' } as const
  return { character: replacement, prepended: prepended[prependSchemeOf(step)] }
}

/** The steps of a sequence, or the one step, or none. */
function listOf(value: unknown, member: string): readonly JsonObject[] {
  if (typeof value !== 'object' || value === null) return []
  const step = value as JsonObject
  const steps = step['type'] === 'Sequence' ? step[member] : [step]
  return Array.isArray(steps) ? (steps as readonly JsonObject[]) : [step]
}

function isSpace(pattern: unknown): boolean {
  return typeof pattern === 'object' && pattern !== null && (pattern as JsonObject)['String'] === ' '
}

/** A character of one UTF-16 unit that is no space. */
function isMark(content: unknown): content is string {
  return typeof content === 'string' && content.length === 1 && content !== ' '
}
