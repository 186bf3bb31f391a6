import { option, sentence, type Sentence } from '@sluice/errors'
import { compressions, formats } from '@sluice/corpus'
import { DocumentColumns, EmbeddingDtype, EmbeddingLayout, IdType, PartFormat } from '@sluice/dataset'
import { encodingNames } from '@sluice/tokenizer'
import { z } from 'zod'
import { RunError } from '../errors.ts'

const positiveInteger = z.int().positive()

/** What the schema's own words would call a positive integer. */
const shareExpected = 'a share above 0 and below 1'

/** The schema of a run's configuration: one place for names, defaults and bounds. */
const runConfigSchema = z.strictObject({
  corpus: z.array(z.string().min(1)).min(1).readonly().describe('The sources, in order.'),
  format: z
    .enum(formats)
    .nullable()
    .default(null)
    .describe('What the sources are, where their content does not tell.'),
  compression: z
    .enum(compressions)
    .nullable()
    .default(null)
    .describe('How the sources are compressed, where their content does not tell.'),
  textField: z
    .string()
    .min(1)
    .default('text')
    .describe('The field of a JSON line or column of a table that holds the text.'),
  onError: z
    .enum(['fail', 'skip', 'replace'])
    .default('fail')
    .describe(
      'What happens at content that cannot be read: stop; leave it out and count it; or the same with U+FFFD for bytes that are not UTF-8.',
    ),
  encoding: z.enum(encodingNames).default('gpt2').describe('The tokenizer, by its tiktoken name.'),
  maxLength: positiveInteger
    .max(2 ** 20)
    .default(256)
    .describe('Ids in a window.'),
  stride: positiveInteger.optional().describe('Ids from one window to the next. Default: maxLength.'),
  dim: positiveInteger
    .max(2 ** 16)
    .default(256)
    .describe('Numbers in an embedding vector.'),
  contextLength: positiveInteger.optional().describe('Rows of the position table. Default: maxLength.'),
  seed: z
    .int()
    .default(123)
    .describe('torch.manual_seed of the tables: the token table is drawn first, then the position table.'),
  invalid: z
    .enum(['fail', 'skip', 'replace'])
    .optional()
    .describe(
      'What happens at bytes that are not UTF-8, if not what onError says: stop, leave out, or U+FFFD as `errors="replace"` does.',
    ),
  special: z
    .enum(['end-of-text', 'all', 'none'])
    .default('end-of-text')
    .describe(
      'Special tokens that are themselves when their text occurs in the corpus; the others are ordinary text. The book allows <|endoftext|>.',
    ),
  embeddings: z
    .enum(['full', 'lazy', 'none'])
    .default('full')
    .describe('Embeddings as rows, as tables that readers add up, or ids alone.'),
  dtype: z.enum(EmbeddingDtype).default('f32').describe('The element type of inputs_embeds.'),
  layout: z.enum(EmbeddingLayout).default('nested').describe('The Arrow type of inputs_embeds.'),
  idType: z.enum(IdType).default('int32').describe('The element type of the ids.'),
  ipc: z.enum(PartFormat).default('file').describe('Arrow IPC file, or stream for load_from_disk.'),
  separator: z
    .enum(['between', 'after', 'none'])
    .default('between')
    .describe(
      'Where the end-of-text id stands when there are several documents: at the beginning of each further one, or at the end of each. Windows that end with their document (boundary) hold it only where it stands at the end.',
    ),
  boundary: z
    .enum(['cross', 'document'])
    .default('cross')
    .describe('Whether windows run over the ends of documents, or each document is cut for itself.'),
  tail: z
    .enum(['drop', 'pad', 'error'])
    .default('drop')
    .describe(
      'What happens to the ids after the last whole window, of each document (boundary document) or of the corpus: left out and counted, one more window filled up with the end-of-text id and the target -100, or an error.',
    ),
  documents: z
    .enum(DocumentColumns)
    .default('none')
    .describe(
      'What tells the documents of a window apart: nothing, a number for each id, or their boundaries as cu_seqlens. Filling counts as a document of its own.',
    ),
  positions: z
    .enum(['continue', 'restart'])
    .default('continue')
    .describe(
      'Positions 0 to maxLength - 1 in each window, or beginning at 0 with each document in it (column position_ids).',
    ),
  packing: z
    .enum(['none', 'best-fit'])
    .default('none')
    .describe(
      'Whether short documents share a window: each piece of a document goes into the open window that it fills best.',
    ),
  onPoison: z
    .enum(['fail', 'hole'])
    .default('fail')
    .describe(
      'What happens at a piece of the corpus that cannot be read however often it is tried, or whose file is damaged: stop, or go on without it and name it in the manifest as a hole.',
    ),
  split: z
    .strictObject({
      validation: z
        .number()
        .gt(0, shareExpected)
        .lt(1, shareExpected)
        .describe('About which share of the documents.'),
      seed: z.int().default(0).describe('Other seeds choose other documents.'),
    })
    .nullable()
    .default(null)
    .describe(
      'Makes two datasets, train and validation: a document is in the second if a hash of the seed and its first 4 KiB says so.',
    ),
  shuffle: z
    .strictObject({ seed: z.int().describe('The seed.') })
    .nullable()
    .default(null)
    .describe(
      'A random order of the rows: torch.randperm of a generator with the seed for up to 2^24 windows, beyond that a permutation computed from the seed.',
    ),
})

/** A run's options as a user gives them; what is left out gets its default. */
export type RunOptions = Readonly<z.input<typeof runConfigSchema>>

/** A run's options, every one resolved. Plain JSON: it is part of the plan, and so of the run's identity. */
export type RunConfig = Readonly<
  z.output<typeof runConfigSchema> & {
    stride: number
    contextLength: number
    invalid: 'fail' | 'skip' | 'replace'
    /** `replace` is the same for lines and rows. */
    onError: 'fail' | 'skip'
  }
>

/**
 * Applies the defaults and checks every option, once.
 *
 * @throws RunError `invalid-config`, naming the option, what was expected and what was got.
 */
export function resolveRunConfig(options: RunOptions): RunConfig {
  const parsed = runConfigSchema.safeParse(options)
  if (!parsed.success) throw new RunError('invalid-config', describeIssue(parsed.error.issues[0], options))
  const { maxLength, stride = maxLength, contextLength = maxLength, onError, invalid = onError } = parsed.data
  if (contextLength < maxLength) {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('contextLength')} to be at least ${option('maxLength')} (${maxLength}), got ${contextLength}`,
    )
  }
  if (parsed.data.tail === 'pad' && parsed.data.idType === 'uint16') {
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option('idType')} to be int32 with ${option('tail')} pad, got \`"uint16"\` (string): the target -100 has no unsigned form`,
    )
  }
  const config: RunConfig = {
    ...parsed.data,
    ...{ stride, contextLength, invalid },
    onError: onError === 'fail' ? 'fail' : 'skip',
  }
  if (config.packing !== 'none') checkPacking(config)
  return config
}

/** What a packed window is only meant for: documents kept apart, each id a target once. */
function checkPacking(config: RunConfig): void {
  const check = (name: keyof RunConfig, expected: string, holds: boolean): void => {
    if (holds) return
    const got = JSON.stringify(config[name])
    throw new RunError(
      'invalid-config',
      sentence`Expected ${option(name)} to be ${expected} with ${option('packing')}, got ${got}`,
    )
  }
  check('boundary', 'document', config.boundary === 'document')
  check('tail', 'pad', config.tail === 'pad')
  check('documents', 'ids or boundaries', config.documents !== 'none')
  check('positions', 'restart', config.positions === 'restart')
  check('stride', `maxLength (${config.maxLength})`, config.stride === config.maxLength)
}

function describeIssue(issue: z.core.$ZodIssue | undefined, options: unknown): string | Sentence {
  if (issue === undefined) return 'Invalid configuration'
  if (issue.code === 'unrecognized_keys') {
    const [first = '', ...others] = issue.keys
    const unknown: Sentence = [
      'Unknown option ',
      ...[first, ...others].flatMap((key, i) => (i === 0 ? [option(key)] : [', ', option(key)])),
    ]
    return [...unknown, `; known: ${Object.keys(runConfigSchema.shape).join(', ')}`]
  }
  const path = issue.path.map(String).join('.')
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  )
  const got = value === undefined ? 'nothing' : `\`${JSON.stringify(value)}\` (${typeof value})`
  return sentence`Expected ${option(path)} to be ${expectation(issue)}, got ${got}`
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message === shareExpected) return shareExpected
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' || issue.expected === 'number'
        ? 'an integer'
        : `of type ${issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'non-empty'
      return issue.inclusive === false && Number(issue.minimum) === 0
        ? 'a positive integer'
        : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    default:
      return issue.message
  }
}

/** The JSON Schema of {@link RunOptions}: what is published as `schema/run-config.schema.json`. */
export function runConfigJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(runConfigSchema, { io: 'input' })
}
