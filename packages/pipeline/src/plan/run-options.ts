import {
  compressions,
  corpusLimits,
  idDtypes,
  mostVocabSize,
  textFormats,
  type CorpusLimit,
} from '@sluice/corpus'
import {
  DocumentColumns,
  EmbeddingDtype,
  EmbeddingLayout,
  IdColumns,
  IdType,
  PartFormat,
  Pool,
  RowKind,
  TokenFormat,
} from '@sluice/dataset'
import { encodingNames, patternNames } from '@sluice/tokenizer'
import { z } from 'zod'
import { runLimits } from './run-limits.ts'
import { positionKinds } from './relative-positions.ts'
import { runProviders } from './run-provider.ts'
import { seedSchema } from './seed.ts'

const positiveInteger = z.int().positive()

/** The option that raises a limit of what a source may cost. Without it the limit's own default holds. */
function limitOption(limit: CorpusLimit, description: string): z.ZodExactOptional<z.ZodInt> {
  return z
    .int()
    .positive()
    .max(limit.most)
    .exactOptional()
    .meta({ description, defaultText: String(limit.default) })
}

/** Wording of the bounds of a share: zod's own words would give only one of them. */
const shareExpected = 'a share above 0 and below 1'

/**
 * Every option of a run that its output depends on, with names, defaults and bounds. The first sentence of a description
 * is the option's help on the command line, where `` `maxLength` `` becomes `--max-length`; `defaultText` describes a
 * default that depends on something else.
 */
export const runOptionsSchema = z.strictObject({
  corpus: z.array(z.string().min(1)).min(1).readonly().describe('The sources, in order.'),
  format: z
    .enum([...textFormats, 'ids'])
    .nullable()
    .default(null)
    .meta({
      description:
        'Format of the sources. `ids`: they hold ids in place of texts, in flat files (.u16, .u32, .i32, or `idDtype`), .npy, or lists in .jsonl, .parquet and .arrow.',
      defaultText: 'detected from the content',
    }),
  idField: z.string().min(1).exactOptional().meta({
    description:
      'Field of a JSON line, or column of a table, that holds the list of ids with `format` ids. A JSON line may be the list itself.',
    defaultText: 'input_ids',
  }),
  idDtype: z.enum(idDtypes).exactOptional().meta({
    description: 'Element type of flat files of ids, little-endian.',
    defaultText: 'by the ending of the name',
  }),
  endId: z.int().nonnegative().max(mostVocabSize).exactOptional().meta({
    description:
      'Id that ends a document in flat files of ids and 1-D .npy. It is left out of the document: the run puts its own `separatorId` between documents.',
    defaultText: 'each file is one document',
  }),
  vocabSize: positiveInteger.max(mostVocabSize).exactOptional().meta({
    description: 'Ids of the vocabulary, for a corpus of ids without a tokenizer.',
    defaultText: 'the rows of `tables` or `model`',
  }),
  compression: z
    .enum(compressions)
    .nullable()
    .default(null)
    .meta({ description: 'Compression of the sources.', defaultText: 'detected from the content' }),
  textField: z
    .string()
    .min(1)
    .default('text')
    .describe(
      'Field of a JSON line, or column of a table, that holds the text; dots lead into objects and structs.',
    ),
  keep: z.array(z.string().min(1)).min(1).readonly().exactOptional().meta({
    description:
      'Fields of JSON lines, or columns of tables, whose values windows and documents carry along, as text. `column=field` keeps a field under another name. A window has those of the document it begins in; the folder documents has them of every document.',
    defaultText: 'none',
  }),
  maxKeptBytes: limitOption(corpusLimits.keptBytes, 'Largest kept value, in bytes.'),
  csvSeparator: z.string().length(1, 'a single character').exactOptional().meta({
    description: 'Field separator of CSV: one character.',
    defaultText: 'a comma, or a tab for .tsv',
  }),
  links: z.enum(['skip', 'follow']).exactOptional().meta({
    description: 'Links to folders, in a folder or glob: passed over and counted, or followed.',
    defaultText: 'skip',
  }),
  maxLineBytes: limitOption(corpusLimits.lineBytes, 'Largest line of JSON Lines or record of CSV, in bytes.'),
  maxBatchBytes: limitOption(
    corpusLimits.batchBytes,
    'Largest record batch of Arrow or page of Parquet, in bytes, stored and decompressed.',
  ),
  maxWindowBytes: limitOption(
    corpusLimits.windowBytes,
    'Largest window of zstd or dictionary of xz, in bytes.',
  ),
  maxTextBytes: limitOption(corpusLimits.textBytes, 'Largest text of one source, in bytes.'),
  maxRatio: limitOption(
    corpusLimits.ratio,
    'Largest ratio of a text to the bytes it is stored in. The first 64 MiB of a text are not counted.',
  ),
  maxPieceBytes: limitOption(
    runLimits.pieceBytes,
    'Largest stretch of text without a place to cut it, such as a space or a line, in bytes.',
  ),
  onError: z
    .enum(['fail', 'skip', 'replace'])
    .default('fail')
    .describe(
      'Content that cannot be read: stop, leave it out, or leave it out and put U+FFFD in place of bytes that are not UTF-8. What is left out is counted by reason.',
    ),
  encoding: z.enum(encodingNames).nullable().optional().meta({
    description: 'Tokenizer, by its tiktoken name.',
    defaultText: 'gpt2; none with `format` ids',
  }),
  tokenizer: z.string().min(1).nullable().default(null).meta({
    description:
      'Tokenizer, by name, or a file or model folder that holds it. Read are tokenizer.json, tekken.json, SentencePiece models and .tiktoken files; a copy lies in the dataset. With `model` its folder is the default.',
    defaultText: '`encoding`',
  }),
  tokenizerPattern: z
    .string()
    .min(1)
    .exactOptional()
    .meta({
      description: `Pattern that cuts a text into pieces, of a .tiktoken file as \`tokenizer\`, which does not say it. One of ${patternNames.join(', ')}, or the expression itself.`,
    }),
  tokenizerSpecials: z
    .record(z.string().min(1), z.int().nonnegative().max(mostVocabSize))
    .exactOptional()
    .meta({
      description:
        'Special tokens of a .tiktoken file as `tokenizer` and their ids, which it does not say. On the command line once for each.',
    }),
  separatorId: z.string().min(1).nullable().default(null).meta({
    description: 'Id or special token that stands between documents and fills padding.',
    defaultText: "the model's or the tokenizer's end of text",
  }),
  bos: z
    .boolean()
    .default(false)
    .describe(
      'Puts the beginning-of-sequence id before each document. It is the `bos_token` that the folder of the model or tokenizer names, else the one of the post-processor or of a usual name; `bosId` is another.',
    ),
  bosId: z.string().min(1).nullable().default(null).meta({
    description: 'Id or special token before each document.',
    defaultText: '`bos` finds it',
  }),
  specialTokens: z
    .enum(['none', 'model'])
    .default('none')
    .describe(
      "Ids around the text of each document: none, or those that the tokenizer's post-processor puts there. These are what `tokenizer(text)` of transformers adds, such as [CLS] and [SEP].",
    ),
  per: z
    .enum(RowKind)
    .default('window')
    .describe(
      'What a row is: a window of the ids, or a whole document, as lists of its ids and vectors. Rows of documents are in the order of the corpus and have no targets; options about windows mean nothing there.',
    ),
  pool: z
    .enum(Pool)
    .default('none')
    .describe(
      'What is kept of the vectors of a document (`per`): each of them, or their mean in the column embedding. They are summed up in float32 in the order of their positions and divided once.',
    ),
  maxLength: positiveInteger
    .max(2 ** 20)
    .optional()
    .meta({
      description:
        'Ids in a window. With `per` document the most that a row may have: of longer documents the first ids are kept, or `tail` error stops at them.',
      defaultText: '256; with `per` document `contextLength` or 8192, and a longer one stops the run',
    }),
  stride: positiveInteger.optional().meta({
    description: 'Ids from the start of one window to the start of the next.',
    defaultText: '`maxLength`',
  }),
  model: z.string().min(1).nullable().default(null).meta({
    description:
      'Model folder whose own embeddings the rows get: config.json, safetensors and tokenizer. It decides dim, dtype, tokenizer and the token between documents; what is read of it is copied into the dataset, and `inputs_embeds` is what a caller may pass to the model.',
    defaultText: 'tables drawn from `seed`',
  }),
  stage: z
    .enum(['inputs-embeds', 'first-block'])
    .default('inputs-embeds')
    .describe(
      "Vectors that are written with `model`: what a caller passes to the model, or also the column first_block, what the model's first block receives. Never pass that to the model: it would add its positions twice.",
    ),
  tokenTensor: z.string().min(1).nullable().default(null).meta({
    description:
      "Tensor of `model` or `tables` whose rows are taken as they are. A way out where the model's type is not known.",
    defaultText: 'the usual names',
  }),
  computeDtype: z.enum(EmbeddingDtype).nullable().default(null).meta({
    description: 'Element type that every step of `model` is rounded to.',
    defaultText: "the one in the model's config.json",
  }),
  semantics: z
    .enum(['4', '5'])
    .default('5')
    .describe(
      'Major version of transformers whose `model` inputs_embeds are meant. Gemma 1 and 2 scale them since version 5, and version 4 computes in float32.',
    ),
  tables: z.string().min(1).nullable().default(null).meta({
    description:
      'File with trained tables in place of drawn ones: .safetensors, an index of shards, or .npy. The token table is found by the usual names or `tokenTensor`, the positions by the usual names or `positionTensor`; copies in float32 lie in the dataset.',
    defaultText: 'drawn from `seed`',
  }),
  positionTensor: z.string().min(1).nullable().default(null).meta({
    description: 'Tensor of `tables` that holds the positions.',
    defaultText: 'the usual names',
  }),
  positionEncoding: z
    .enum(positionKinds)
    .default('learned')
    .describe(
      'Positions: added to the rows of the token table (learned, drawn or of `tables`; sinusoidal, those of Vaswani et al.), or none. The others act inside attention: nothing is added, and their tables lie in the dataset with their definition.',
    ),
  heads: positiveInteger
    .max(2 ** 16)
    .exactOptional()
    .meta({
      description:
        'Attention heads, which rotary, alibi, t5 and relative_key positions need: `dim` is shared by them.',
      defaultText: 'none',
    }),
  positionBase: z.number().gt(1).exactOptional().meta({
    description: 'Base of the frequencies of rotary and transformer-xl positions.',
    defaultText: '10000',
  }),
  scale: z
    .number()
    .default(1)
    .describe(
      'Factor on the rows of the token table, before the positions. The copy in the dataset is multiplied by it.',
    ),
  dim: positiveInteger
    .max(2 ** 16)
    .optional()
    .meta({
      description: 'Numbers in an embedding vector. With `model` the width of its table.',
      defaultText: '256',
    }),
  contextLength: positiveInteger
    .max(2 ** 20)
    .optional()
    .meta({ description: 'Rows of the position table.', defaultText: '`maxLength`' }),
  seed: seedSchema
    .prefault(123)
    .describe(
      'Seed of the tables, as torch.manual_seed takes it. The token table is drawn first, then the position table.',
    ),
  invalid: z.enum(['fail', 'skip', 'replace']).optional().meta({
    description:
      'Bytes that are not UTF-8: stop, leave the document out, or put U+FFFD in their place. U+FFFD stands where Python\'s `errors="replace"` puts it.',
    defaultText: 'as `onError`',
  }),
  special: z
    .enum(['end-of-text', 'all', 'none'])
    .default('end-of-text')
    .describe('Special tokens recognised in the text; others are plain text. The book allows <|endoftext|>.'),
  embeddings: z
    .enum(['full', 'lazy', 'none'])
    .default('full')
    .describe('Embeddings: in every row, as tables that readers add up, or none.'),
  prune: z
    .boolean()
    .default(false)
    .describe(
      'Keeps of the token table of lazy `embeddings` only the rows of ids that occur, and the list of these ids. Readers give the same vectors.',
    ),
  reference: z
    .boolean()
    .default(false)
    .describe(
      "Keeps no copy of the `model`'s tensors for lazy `embeddings`: the dataset names them by file, shape and sha256, and readers are told where the model lies. Readers give the same vectors.",
    ),
  to: z.enum(TokenFormat).nullable().default(null).meta({
    description:
      'Flat token files in place of windows. `tokens` is tokens.bin, all ids as uint32, and document_offsets.npy; `megatron` is tokens.bin and tokens.idx for Megatron-LM. Options about windows and embeddings mean nothing there.',
    defaultText: 'windows',
  }),
  dtype: z.enum(EmbeddingDtype).optional().meta({
    description: 'Element type of inputs_embeds. With `model` the one that it computes in.',
    defaultText: 'f32',
  }),
  layout: z.enum(EmbeddingLayout).default('nested').describe('Type of inputs_embeds in Arrow.'),
  idType: z.enum(IdType).default('int32').describe('Element type of the ids.'),
  ids: z
    .enum(IdColumns)
    .default('twice')
    .describe(
      'Columns of the ids: input_ids and target_ids, or `once` in window_ids. Its first `maxLength` ids are the inputs, its last the targets; both readers give the two, and packed windows cannot be kept so.',
    ),
  ipc: z
    .enum(PartFormat)
    .default('file')
    .describe('Format of the parts: Arrow IPC file or stream. `load_from_disk` reads streams.'),
  separator: z.enum(['between', 'after', 'none']).optional().meta({
    description:
      'Place of the end-of-text id among documents. `between` puts it at the start of each document but the first, `after` at the end of each. Windows that end with their document (`boundary`) hold it only at the end.',
    defaultText: 'between; none with `specialTokens` model or `per` document',
  }),
  boundary: z
    .enum(['cross', 'document'])
    .default('cross')
    .describe('Windows run across the ends of documents, or each document is cut on its own.'),
  tail: z.enum(['drop', 'pad', 'error']).optional().meta({
    description:
      'Ids after the last whole window: leave them out, pad one more window, or stop. Counted for each document with `boundary` or `per` document, otherwise for the corpus. Padding is the end-of-text id with the target -100.',
    defaultText: 'drop; error with `per` document and no `maxLength`',
  }),
  documents: z
    .enum(DocumentColumns)
    .default('none')
    .describe(
      'Columns that tell the documents of a window apart. `ids` numbers the document of each id, `boundaries` is cu_seqlens. Padding counts as a document of its own.',
    ),
  positions: z
    .enum(['continue', 'restart'])
    .default('continue')
    .describe(
      'Positions count through the window, or restart at 0 with each document. `restart` adds the column position_ids.',
    ),
  packing: z
    .enum(['none', 'best-fit'])
    .default('none')
    .describe('Short documents share a window, each in the open window that it fills best.'),
  onPoison: z
    .enum(['fail', 'hole'])
    .default('fail')
    .describe(
      'A source that cannot be read to its end, after every attempt: stop, or leave it out. The manifest names each such hole.',
    ),
  split: z
    .strictObject({
      validation: z
        .number()
        .gt(0, shareExpected)
        .lt(1, shareExpected)
        .describe('Approximate share of the documents in the validation dataset.'),
      seed: seedSchema.prefault(0).describe('Another seed chooses other documents.'),
    })
    .nullable()
    .default(null)
    .meta({
      description:
        'Makes two datasets: about this share of the documents in OUT/validation, the others in OUT/train. A hash of the seed and the first 4 KiB of a document decides.',
      defaultText: 'one dataset',
    }),
  shuffle: z
    .strictObject({ seed: seedSchema.describe('Seed of the order.') })
    .nullable()
    .default(null)
    .meta({
      description:
        'Rows in the random order of this seed. Up to 2^24 windows the order is torch.randperm of a generator with the seed, above that a permutation computed from the seed.',
      defaultText: 'in order',
    }),
})

/** Options of a run that change where and how fast it works, never its output bytes. */
export const runSettingsSchema = z.strictObject({
  out: z.string().min(1).optional().describe('Folder of the dataset, made if it is missing.'),
  threads: positiveInteger.max(1024).optional().meta({
    description: 'Threads that do the work.',
    defaultText: 'the number of cores',
  }),
  provider: z.enum(runProviders).optional().meta({
    description:
      'Execution provider that looks embeddings up; all give the same bits, but for norms and projections of a first block, for which it is part of the run.',
    defaultText: "wasm; cpu for tables above 512 MiB; a model's rows are copied",
  }),
})

/** What a configuration file may hold: the command line names the corpus where the file does not. */
const runFileSchema = z.strictObject({
  ...runOptionsSchema.shape,
  corpus: runOptionsSchema.shape.corpus.optional(),
  ...runSettingsSchema.shape,
})

/** Returns the JSON Schema of a configuration file, as published in `schema/run-config.schema.json`. */
export function runConfigJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(runFileSchema, {
    io: 'input',
    unrepresentable: 'any',
    // JSON has no bigint: only a library can pass one.
    override({ jsonSchema }) {
      if (jsonSchema.anyOf) jsonSchema.anyOf = jsonSchema.anyOf.filter((one) => Object.keys(one).length > 0)
    },
  })
}
