import type { PostProcessor } from '../assembly/post-processor.ts'
import { arrayAt, idAt, invalid, type JsonObject, objectAt, refuse, stringAt } from '../load/json-shape.ts'

const nothing: PostProcessor = { before: [], after: [], trimOffsets: undefined }

/** How each type of post-processor is read. */
const readers: Readonly<Record<string, (processor: JsonObject) => PostProcessor>> = {
  ByteLevel: (processor) => ({ ...nothing, trimOffsets: readTrim(processor) }),
  TemplateProcessing: (processor) => ({ ...nothing, ...readTemplate(processor) }),
  BertProcessing: (processor) => ({ ...nothing, ...readPair(processor) }),
  RobertaProcessing: (processor) => ({ ...readPair(processor), trimOffsets: readTrim(processor) }),
  Sequence: (processor) => {
    const steps = arrayAt(processor['processors'], 'post_processor.processors').map(readPostProcessor)
    return {
      before: steps.toReversed().flatMap(({ before }) => before),
      after: steps.flatMap(({ after }) => after),
      trimOffsets: steps.findLast(({ trimOffsets }) => trimOffsets !== undefined)?.trimOffsets,
    }
  },
}

/** Reads `post_processor`. */
export function readPostProcessor(value: unknown): PostProcessor {
  if (value === null || value === undefined) return nothing
  const processor = objectAt(value, 'post_processor')
  const type = String(processor['type'])
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  return (reader ?? refuse(`the post_processor ${type}`))(processor)
}

function readTrim(processor: JsonObject): PostProcessor['trimOffsets'] {
  return processor['trim_offsets'] === false
    ? undefined
    : { addPrefixSpace: processor['add_prefix_space'] !== false }
}

function readPair(processor: JsonObject): { before: number[]; after: number[] } {
  const idOf = (member: string): number =>
    idAt(arrayAt(processor[member], `post_processor.${member}`)[1], `post_processor.${member}[1]`)
  return { before: [idOf('cls')], after: [idOf('sep')] }
}

function readTemplate(processor: JsonObject): { before: number[]; after: number[] } {
  const specialTokens = objectAt(processor['special_tokens'], 'post_processor.special_tokens')
  const sides: [number[], number[]] = [[], []]
  let side: 0 | 1 = 0
  for (const part of arrayAt(processor['single'], 'post_processor.single')) {
    const { SpecialToken: special, Sequence: sequence } = objectAt(part, 'post_processor.single[]')
    if (sequence !== undefined) {
      if (side === 1 || objectAt(sequence, 'Sequence')['id'] !== 'A')
        refuse('a template with more than the text itself')
      side = 1
    } else {
      const name = stringAt(
        objectAt(special, 'post_processor.single[].SpecialToken')['id'],
        'SpecialToken.id',
      )
      const path = `post_processor.special_tokens[${JSON.stringify(name)}]`
      const { ids } = objectAt(specialTokens[name], path)
      sides[side].push(...arrayAt(ids, `${path}.ids`).map((id) => idAt(id, `${path}.ids[]`)))
    }
  }
  if (side === 0) invalid('post_processor.single', 'a template with the text in it', processor['single'])
  return { before: sides[0], after: sides[1] }
}
