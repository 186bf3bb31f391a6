import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TableDtype } from '../dtype.ts'
import { EmbeddingError } from '../errors.ts'
import { readBounded } from '../load/open-file.ts'

/** The fields of a model's config.json that its embeddings depend on. */
export interface ModelConfig {
  /** Of the text model: a composite one, such as LLaVA, has it in `text_config`, Qwen2.5-Omni in its `thinker_config`. */
  readonly modelType: string
  /** The model that takes ids is a part of the one in the folder: its tensors have the part's name before their own. */
  readonly isPart: boolean
  /** The dtype the weights were saved for, as config.json says. */
  readonly dtype: TableDtype | undefined
  /** `tie_word_embeddings`, where config.json says. */
  readonly tied: boolean | undefined
  readonly vocabSize: number | undefined
  readonly padTokenId: number | undefined
  /** Any field of config.json, unchecked. */
  field(name: string): unknown
  /** A number of config.json. @throws EmbeddingError `invalid-file` where it is none */
  number(field: string): number
  /** Whether a field is true. */
  isTrue(field: string): boolean
  /** Whether a field is false. */
  isFalse(field: string): boolean
  /** How the checkpoint was quantized, as config.json says; undefined where it was not. Its token table may still be whole. */
  readonly quantization: string | undefined
  /** sha256 of config.json's bytes, in hexadecimal. */
  readonly sha256: string
}

/** The largest config.json that is read, in bytes. */
const maxConfigBytes = 16 << 20

type Fields = Readonly<Record<string, unknown>>

/** torch's names of the dtypes that are computed here. */
const dtypes: Readonly<Record<string, TableDtype>> = { float32: 'f32', float16: 'f16', bfloat16: 'bf16' }

/**
 * Reads `config.json` of a model folder.
 *
 * @throws EmbeddingError `invalid-file` when it is missing, no JSON object, too large, or names no model type
 */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  const path = join(directory, 'config.json')
  const bytes = await readConfigFile(path)
  const outer = parseObject(bytes, path)
  const { inner, fields } = innermost(outer)
  const modelType = inner['model_type']
  if (typeof modelType !== 'string') {
    throw new EmbeddingError(
      'invalid-file',
      `${path}: expected \`model_type\` to be a string, got ${kindOf(modelType)}`,
    )
  }
  const count = (field: string): number | undefined => {
    const value = fields[field]
    return Number.isSafeInteger(value) ? (value as number) : undefined
  }
  const named = fields['dtype'] ?? fields['torch_dtype'] ?? outer['dtype'] ?? outer['torch_dtype']
  return {
    modelType,
    isPart: inner !== outer,
    dtype: typeof named === 'string' ? dtypeOf(named, path) : undefined,
    tied: booleanOf(outer['tie_word_embeddings']) ?? booleanOf(fields['tie_word_embeddings']),
    vocabSize: count('vocab_size'),
    padTokenId: count('pad_token_id'),
    field: (name) => fields[name],
    number(field) {
      const value = fields[field]
      if (typeof value === 'number' && Number.isFinite(value)) return value
      throw new EmbeddingError(
        'invalid-file',
        `${path}: expected \`${field}\` to be a number, as ${modelType} needs it, got ${kindOf(value)}`,
      )
    },
    isTrue: (field) => fields[field] === true,
    isFalse: (field) => fields[field] === false,
    quantization: quantizationOf(outer['quantization_config'] ?? fields['quantization_config']),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

async function readConfigFile(path: string): Promise<Uint8Array> {
  try {
    return await readBounded(path, maxConfigBytes)
  } catch (cause) {
    if (!(cause instanceof EmbeddingError)) throw cause
    if (existsSync(join(path, '..', 'adapter_config.json')))
      throw new EmbeddingError(
        'unsupported-model',
        `${path}: the folder holds an adapter (LoRA or another of PEFT) and no model; merge it into its base model (\`merge_and_unload\`) and save that`,
        { cause },
      )
    throw new EmbeddingError(
      'invalid-file',
      `${cause.message}; expected a model folder with config.json and safetensors`,
      { cause },
    )
  }
}

/** Where models of several parts describe the one that takes ids: each part may be in the one before it. */
const partFields = ['thinker_config', 'vlm_config', 'text_config'] as const

/** The text model's configuration, and all fields that hold for it: a part's own come after those of the whole. */
function innermost(outer: Fields): { readonly inner: Fields; readonly fields: Fields } {
  let inner = outer
  let fields = outer
  for (const name of partFields) {
    const part = inner[name]
    if (!isObject(part)) continue
    inner = part
    fields = { ...fields, ...part }
  }
  return { inner, fields }
}

function parseObject(bytes: Uint8Array, path: string): Fields {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(value)) return value
  } catch (cause) {
    throw new EmbeddingError('invalid-file', `${path}: expected JSON; fetch the file again`, { cause })
  }
  throw new EmbeddingError('invalid-file', `${path}: expected a JSON object`)
}

function dtypeOf(name: string, path: string): TableDtype {
  const dtype = Object.hasOwn(dtypes, name) ? dtypes[name] : undefined
  if (dtype !== undefined) return dtype
  throw new EmbeddingError(
    'unsupported-dtype',
    `${path}: expected the dtype to be ${Object.keys(dtypes).join(', ')}, got ${name}`,
    { hint: { option: 'computeDtype', value: 'f32', effect: 'computes in another one' } },
  )
}

function quantizationOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  const method = value['quant_method']
  return typeof method === 'string' ? method.slice(0, 40) : 'an unnamed method'
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : `\`${JSON.stringify(value)}\``.slice(0, 60)
}
