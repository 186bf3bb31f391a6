import type { PostProcessor } from '../assembly/post-processor.ts'
import { arrayAt, idAt, invalid, type JsonObject, objectAt, refuse, stringAt } from '../load/json-shape.ts'

/** Stands for the text among ids. */
const text = -1

/** What is made of a text and handed on: one list of ids, or one for each part of a template. */
type Parts = readonly (readonly number[])[]

/** A post-processor as it is read. */
interface Step {
  /** What it puts around the parts that come to it. */
  readonly apply: (parts: Parts) => Parts
  readonly trimOffsets: PostProcessor['trimOffsets']
}

const same = (parts: Parts): Parts => parts

/** How each type of post-processor is read. */
const readers: Readonly<Record<string, (processor: JsonObject) => Step>> = {
  ByteLevel: (processor) => ({ apply: same, trimOffsets: readTrim(processor) }),
  TemplateProcessing: (processor) => ({ apply: readTemplate(processor), trimOffsets: undefined }),
  BertProcessing: (processor) => {
    const { cls, sep } = readPair(processor)
    // As in the reference, the parts of a template are to it what the texts of a pair are.
    const apply = (parts: Parts): Parts =>
      parts.map((ids, i) => (i === 0 ? [cls, ...ids, sep] : [...ids, sep]))
    return { apply, trimOffsets: undefined }
  },
  RobertaProcessing: (processor) => {
    const { cls, sep } = readPair(processor)
    const apply = (parts: Parts): Parts => parts.map((ids, i) => [i === 0 ? cls : sep, ...ids, sep])
    return { apply, trimOffsets: readTrim(processor) }
  },
  Sequence: (processor) => {
    const steps = arrayAt(processor['processors'], 'post_processor.processors').map(readStep)
    return {
      apply: (parts) => steps.reduce((made, { apply }) => apply(made), parts),
      trimOffsets: steps.findLast(({ trimOffsets }) => trimOffsets !== undefined)?.trimOffsets,
    }
  },
}

/** Reads `post_processor`. */
export function readPostProcessor(value: unknown): PostProcessor {
  if (value === null || value === undefined) return { before: [], after: [], trimOffsets: undefined }
  const { apply, trimOffsets } = readStep(value)
  const ids = apply([[text]]).flat()
  const place = ids.indexOf(text)
  return { before: ids.slice(0, place), after: ids.slice(place + 1), trimOffsets }
}

function readStep(value: unknown): Step {
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

function readPair(processor: JsonObject): { cls: number; sep: number } {
  const idOf = (member: string): number =>
    idAt(arrayAt(processor[member], `post_processor.${member}`)[1], `post_processor.${member}[1]`)
  return { cls: idOf('cls'), sep: idOf('sep') }
}

function readTemplate(processor: JsonObject): Step['apply'] {
  const specialTokens = objectAt(processor['special_tokens'], 'post_processor.special_tokens')
  /** Ids, or undefined for the text. */
  const template: (number[] | undefined)[] = []
  for (const part of arrayAt(processor['single'], 'post_processor.single')) {
    const { SpecialToken: special, Sequence: sequence } = objectAt(part, 'post_processor.single[]')
    if (sequence !== undefined) {
      if (template.includes(undefined) || objectAt(sequence, 'Sequence')['id'] !== 'A')
        refuse('a template with more than the text itself')
      template.push(undefined)
    } else {
      const name = stringAt(
        objectAt(special, 'post_processor.single[].SpecialToken')['id'],
        'SpecialToken.id',
      )
      const path = `post_processor.special_tokens[${JSON.stringify(name)}]`
      const { ids } = objectAt(specialTokens[name], path)
      template.push(arrayAt(ids, `${path}.ids`).map((id) => idAt(id, `${path}.ids[]`)))
    }
  }
  if (!template.includes(undefined))
    invalid('post_processor.single', 'a template with the text in it', processor['single'])
  return (parts) => {
    const [one, ...more] = parts
    if (one === undefined || more.length > 0) refuse('a post_processor TemplateProcessing behind another one')
    return template.map((ids) => ids ?? one)
  }
}
