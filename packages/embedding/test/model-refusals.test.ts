import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openModel, supportedModelTypes, writeSafetensors, type OpenModelOptions } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { refusedFamilies } from '../src/model/families/refused.ts'
import { typesOfParts, typesWithoutText } from '../src/model/families/without-text.ts'
import { readTensors } from './read-tensors.ts'

const models = fileURLToPath(new URL('fixtures/models/', import.meta.url))

/** Copies a tiny model and changes its config.json. */
async function changed(name: string, change: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = temporaryFolder()
  cpSync(join(models, name), folder, { recursive: true })
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }))
  return folder
}

async function failure(directory: string, options?: OpenModelOptions): Promise<unknown> {
  try {
    const model = await openModel(directory, options)
    model.close()
  } catch (error) {
    return error
  }
  throw new Error('Expected the model to be refused')
}

const perLayer = /looks up further embeddings by id in every layer/
const severalStreams = /several or wider streams/
const normedFirst = /norms or scales before its first block/
const ownRules = /rules of their own/

it.each<readonly [string, RegExp]>([
  ...['gemma3n_text', 'gemma4_text'].map((type) => [type, perLayer] as const),
  ...['deepseek_v4', 'hy_v4', 'qwen4_exp_text'].map((type) => [type, severalStreams] as const),
  ...['nanochat', 'hrm_text'].map((type) => [type, normedFirst] as const),
  ...[
    ...['ctrl', 'xlnet', 'xlm', 'flaubert', 'openai-gpt', 'xglm', 'biogpt', 'blt', 'canine', 'cpmant', 'esm'],
    ...['fnet', 'funnel', 'longformer', 'mobilebert', 'rembert', 'reformer', 'tapas', 'xmod'],
  ].map((type) => [type, ownRules] as const),
  ['brand_new', /not one of the \d+ model types known here/],
  ['constructor', /not one of the \d+ model types known here/],
])('refuses the model type %s by name, and offers the tensor as it is', async (type, why) => {
  const folder = await changed('llama-tied/f32', { model_type: type })
  const error = await failure(folder)
  expect(error).toMatchObject({ code: 'unsupported-model', hint: { option: 'tokenTensor' } })
  expect((error as Error).message).toMatch(why)
  expect((error as Error).message).toContain(`\`${type}\``)
  expect(supportedModelTypes).not.toContain(type)
  const model = await openModel(folder, { tokenTensor: 'model.embed_tokens.weight' })
  onTestFinished(() => model.close())
  const table = (await readTensors(join(folder, 'model.safetensors'))).get('model.embed_tokens.weight')!
  expect(model.inputsEmbeds(Int32Array.of(3))).toEqual(table.values.slice(3 * 16, 4 * 16))
})

it.each(['vit', 'wav2vec2', 'patchtst', 'qwen2_vl_vision'])(
  'refuses %s, which takes no ids, without a way out that would not help',
  async (type) => {
    const error = await failure(await changed('llama-tied/f32', { model_type: type }))
    expect(error).toMatchObject({ code: 'unsupported-model', hint: undefined })
    expect((error as Error).message).toContain(`\`${type}\` is refused: it takes pictures, sound or series`)
  },
)

it('refuses a model of several parts that does not say which text model it has', async () => {
  const folder = await changed('llama-tied/f32', { model_type: 'llava' })
  expect(await failure(folder)).toMatchObject({
    code: 'unsupported-model',
    hint: { option: 'tokenTensor' },
    message: expect.stringMatching(
      /`llava` is refused: it has several parts, and config\.json has no `text_config`/,
    ),
  })
})

it('has each model type in one table', () => {
  const refused = Object.keys(refusedFamilies)
  const all = [...supportedModelTypes(), ...refused, ...typesWithoutText, ...typesOfParts]
  expect(all.filter((type, at) => all.indexOf(type) !== at)).toEqual([])
  expect(typesWithoutText.size).toBeGreaterThan(200)
})

it('refuses weights of another model, naming the tables that are there', async () => {
  expect(await failure(await changed('bert/f32', { model_type: 'gpt_neox' }))).toMatchObject({
    code: 'tensor-not-found',
    message: expect.stringMatching(
      /gpt_neox\.embed_in\.weight.*bert\.embeddings\.word_embeddings\.weight \[96, 16\]/,
    ),
  })
  expect(await failure(await changed('llama-tied/f32', { vocab_size: 97 }))).toMatchObject({
    code: 'shape-mismatch',
    message: expect.stringMatching(/97 rows that `vocab_size`/),
  })
})

it('refuses weights whose rows are not as wide as config.json says', async () => {
  expect(await failure(await changed('llama-tied/f32', { hidden_size: 24 }))).toMatchObject({
    code: 'shape-mismatch',
    message: expect.stringMatching(/config\.json: expected .* 24 \(`hidden_size`\) columns, got \[96, 16\]/),
  })
  // The user names that tensor, whatever the model around it is.
  const folder = await changed('llama-tied/f32', { hidden_size: 24 })
  const model = await openModel(folder, { tokenTensor: 'model.embed_tokens.weight' })
  onTestFinished(() => model.close())
  expect(model.embeddingDim).toBe(16)
})

it('takes the text model of one that also takes pictures, as both versions of transformers write it', async () => {
  const nested = await changed('gemma3-multimodal/f32', {})
  const written = JSON.parse(readFileSync(join(nested, 'config.json'), 'utf8')) as { text_config: object }
  const text_config = { ...written.text_config, model_type: 'qwen2_vl_text' }
  writeFileSync(
    join(nested, 'config.json'),
    JSON.stringify({ ...written, model_type: 'qwen2_vl', text_config }),
  )
  const flat = await changed('llama-tied/f32', { model_type: 'qwen2_vl', vision_config: { hidden_size: 4 } })
  for (const folder of [nested, flat]) {
    const model = await openModel(folder)
    onTestFinished(() => model.close())
    const token = (await readTensors(join(folder, 'model.safetensors'))).get(model.tensors.token.name)!
    const dim = model.embeddingDim
    expect(model.inputsEmbeds(Int32Array.of(5))).toEqual(token.values.slice(5 * dim, 6 * dim))
  }
})

it('refuses the text models of CLIP by name, as they take ids only', async () => {
  const folder = await changed('gemma3-multimodal/f32', { text_config: { model_type: 'clip_text_model' } })
  expect(await failure(folder)).toMatchObject({
    code: 'unsupported-model',
    message: expect.stringMatching(/`clip_text_model` is refused: it takes ids only/),
    hint: { option: 'tokenTensor' },
  })
})

const textOfLlama = { model_type: 'llama', vocab_size: 96, hidden_size: 16, tie_word_embeddings: false }
const textOfBart = { model_type: 'bart', vocab_size: 96, d_model: 16 }
const textOfOpt = { model_type: 'opt', vocab_size: 96, word_embed_proj_dim: 16 }

it.each([
  ['llava', 'language_model.model.embed_tokens.weight', { text_config: textOfLlama }],
  ['voxtral', 'language_model.model.model.embed_tokens.weight', { text_config: textOfLlama }],
  ['qwen3_vl', 'model.language_model.embed_tokens.weight', { text_config: textOfLlama }],
  ['smolvlm', 'model.text_model.embed_tokens.weight', { text_config: textOfLlama }],
  ['blip-2', 'language_model.model.decoder.embed_tokens.weight', { text_config: textOfOpt }],
  ['florence2', 'model.language_model.shared.weight', { text_config: textOfBart }],
  ['qwen2_5_omni', 'thinker.model.embed_tokens.weight', { thinker_config: { text_config: textOfLlama } }],
  ['colpali', 'vlm.language_model.model.embed_tokens.weight', { vlm_config: { text_config: textOfLlama } }],
])('finds the text model of %s behind the name of its part: %s', async (model_type, name, parts) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type, hidden_size: 4, ...parts }))
  const data = Float32Array.from({ length: 96 * 16 }, (_, at) => at)
  const shape = [96, 16]
  await writeSafetensors(join(folder, 'model.safetensors'), [{ name, dtype: 'F32', shape, data }])
  const model = await openModel(folder)
  onTestFinished(() => model.close())
  expect(model.inputsEmbeds(Int32Array.of(5))).toEqual(data.slice(5 * 16, 6 * 16))
})

it('looks behind the names of parts only where config.json has parts', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify(textOfLlama))
  await writeSafetensors(join(folder, 'model.safetensors'), [
    {
      ...{ name: 'model.text_model.embed_tokens.weight', dtype: 'F32', shape: [96, 16] },
      data: new Float32Array(96 * 16),
    },
  ])
  expect(await failure(folder)).toMatchObject({ code: 'tensor-not-found' })
})

it('says what to do about a lone shard, a file of another name and a pointer of Git LFS', async () => {
  const lone = await changed('llama-sharded/f32', {})
  rmSync(join(lone, 'model.safetensors.index.json'))
  expect(await failure(lone)).toMatchObject({
    code: 'invalid-file',
    message: expect.stringMatching(/found model-00001-of-00005\.safetensors: a shard, whose index/),
  })
  const renamed = await changed('llama-tied/f32', {})
  for (const name of ['expected', 'expected-as-f16']) rmSync(join(renamed, `${name}.safetensors`))
  renameSync(join(renamed, 'model.safetensors'), join(renamed, 'weights.safetensors'))
  expect(await failure(renamed)).toMatchObject({
    message: expect.stringMatching(/found weights\.safetensors; rename it/),
  })
  const pointer = await changed('llama-tied/f32', {})
  rmSync(join(pointer, 'model.safetensors'))
  writeFileSync(
    join(pointer, 'model.safetensors'),
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
  )
  expect(await failure(pointer)).toMatchObject({
    message: expect.stringMatching(/model\.safetensors: a pointer of Git LFS/),
  })
  writeFileSync(join(pointer, 'model.safetensors'), '')
  expect(await failure(pointer)).toMatchObject({
    message: expect.stringMatching(/cut \(0 bytes\); fetch it again/),
  })
})

it('uses the head as token table only for a tied checkpoint', async () => {
  const folder = await changed('llama-tied-head-only/f32', { tie_word_embeddings: false })
  expect(await failure(folder)).toMatchObject({ code: 'tensor-not-found' })
})

it('refuses pickled weights, a missing shard and a folder without config.json', async () => {
  const pickled = await changed('llama-tied/f32', {})
  rmSync(join(pickled, 'model.safetensors'))
  writeFileSync(join(pickled, 'pytorch_model.bin'), '')
  expect(await failure(pickled)).toMatchObject({
    code: 'invalid-file',
    message: expect.stringMatching(/pytorch_model\.bin/),
  })
  const sharded = await changed('llama-sharded/f32', {})
  rmSync(join(sharded, 'model-00002-of-00005.safetensors'))
  expect(await failure(sharded)).toMatchObject({
    code: 'invalid-file',
    message: expect.stringMatching(
      /model-00002-of-00005\.safetensors: the shard is not there, model\.safetensors\.index\.json names it/,
    ),
  })
  expect(await failure(temporaryFolder())).toMatchObject({
    code: 'invalid-file',
    message: expect.stringMatching(/config\.json: cannot be read \(ENOENT\)/),
  })
})

it('refuses ids beyond the table and windows beyond its positions', async () => {
  const model = await openModel(join(models, 'gpt2/f32'))
  onTestFinished(() => model.close())
  expect(() => model.inputsEmbeds(Int32Array.of(95, 96))).toThrow(/Expected ids from 0 to 95.*got 96/)
  const firstBlock = await model.loadFirstBlock()
  expect(firstBlock.maxLength).toBe(24)
  const ids = new Int32Array(25)
  expect(() => firstBlock.compute(model.inputsEmbeds(ids), { ids, length: 25 })).toThrow(
    /`maxLength` can be at most 24/,
  )
})

it('refuses a value that float16 cannot hold', async () => {
  const folder = await changed('llama-tied/f32', {})
  const data = new Float32Array(96 * 16).fill(65519)
  data[16] = 65520
  await writeSafetensors(join(folder, 'model.safetensors'), [
    { name: 'model.embed_tokens.weight', dtype: 'F32', shape: [96, 16], data },
  ])
  const model = await openModel(folder, { computeDtype: 'f16' })
  onTestFinished(() => model.close())
  expect(model.inputsEmbeds(Int32Array.of(0))[0]).toBe(65504)
  expect(() => model.inputsEmbeds(Int32Array.of(1))).toThrow(/65520 does not fit in float16/)
})

it('follows transformers 4 where it differs: Gemma is scaled by the model, in float32', async () => {
  const four = await openModel(join(models, 'gemma/f32'), { semantics: 4 })
  const five = await openModel(join(models, 'gemma/f32'))
  onTestFinished(() => (four.close(), five.close()))
  const ids = Int32Array.of(7, 8)
  const table = (await readTensors(join(models, 'gemma/f32/model.safetensors'))).get(
    'model.embed_tokens.weight',
  )!
  expect(four.inputsEmbeds(ids)).toEqual(table.values.slice(7 * 12, 9 * 12))
  const firstBlock = await four.loadFirstBlock()
  expect(firstBlock.compute(four.inputsEmbeds(ids), { ids, length: 2 })).toEqual(five.inputsEmbeds(ids))
})

it('refuses the first block of relative keys as transformers 4 has them', async () => {
  const folder = await changed('bert/f32', { position_embedding_type: 'relative_key_query' })
  const four = await openModel(folder, { semantics: 4 })
  const five = await openModel(folder)
  onTestFinished(() => (four.close(), five.close()))
  await expect(four.loadFirstBlock()).rejects.toThrow(/relative_key_query positions is not computed/)
  expect((await five.loadFirstBlock()).isExact).toBe(false)
})

it('knows more than a hundred model types', () => {
  expect(supportedModelTypes().length).toBeGreaterThan(100)
})

it('refuses an adapter and a quantized table by name, and takes a whole one of a quantized checkpoint', async () => {
  const adapter = temporaryFolder()
  writeFileSync(join(adapter, 'adapter_config.json'), '{"peft_type": "LORA"}')
  writeFileSync(join(adapter, 'adapter_model.safetensors'), '')
  expect(await failure(adapter)).toMatchObject({
    code: 'unsupported-model',
    message: expect.stringMatching(/holds an adapter .* merge it into its base model/),
  })

  const name = 'model.embed_tokens'
  const quantized = async (method: string, entries: Readonly<Record<string, object>>): Promise<string> => {
    const folder = await changed('llama-tied/f32', { quantization_config: { quant_method: method } })
    const header = Buffer.from(JSON.stringify(entries))
    const size = Buffer.alloc(8)
    size.writeUInt32LE(header.length)
    rmSync(join(folder, 'model.safetensors'))
    writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([size, header, Buffer.alloc(1536)]))
    return folder
  }
  const packed = { shape: [24, 16], data_offsets: [0, 1536] }
  expect(
    await failure(await quantized('gptq', { [`${name}.qweight`]: { dtype: 'I32', ...packed } })),
  ).toMatchObject({
    code: 'unsupported-dtype',
    message: expect.stringMatching(/was quantized \(gptq: model\.embed_tokens\.qweight\)/),
  })
  const bytes = { shape: [96, 16], data_offsets: [0, 1536] }
  expect(
    await failure(await quantized('bitsandbytes', { [`${name}.weight`]: { dtype: 'U8', ...bytes } })),
  ).toMatchObject({
    code: 'unsupported-dtype',
    message: expect.stringMatching(/got U8; quantized tables \(bitsandbytes\) are not read/),
  })

  // GPTQ and AWQ leave the token table as it was: its rows are those that the model takes.
  const whole = await changed('llama-tied/f32', { quantization_config: { quant_method: 'awq' } })
  const [model, plain] = await Promise.all([openModel(whole), openModel(join(models, 'llama-tied/f32'))])
  onTestFinished(() => (model.close(), plain.close()))
  expect(model.config.quantization).toBe('awq')
  expect(model.inputsEmbeds(Int32Array.of(3))).toEqual(plain.inputsEmbeds(Int32Array.of(3)))
})
