import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RedisServer, temporaryFolder, withoutRedis } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'
import { startWorker } from './start-worker.ts'

const tinyModels = fileURLToPath(
  new URL('../../../packages/embedding/test/fixtures/models/', import.meta.url),
)

/** A folder with a text and a tiny model, whose tokenizer has a token for each of these words. */
function place(name: string): string {
  const root = temporaryFolder()
  mkdirSync(join(root, 'model'))
  cpSync(join(tinyModels, name), join(root, 'model'), { recursive: true })
  const vocab = Object.fromEntries(Array.from({ length: 96 }, (_, id) => [`t${id}`, id]))
  const model = { type: 'WordPiece', unk_token: 't0', continuing_subword_prefix: '##', vocab }
  const parts = { added_tokens: [], normalizer: null, post_processor: null, decoder: null }
  const tokenizer = { version: '1.0', ...parts, pre_tokenizer: { type: 'WhitespaceSplit' } }
  writeFileSync(
    join(root, 'model/tokenizer.json'),
    JSON.stringify({ ...tokenizer, model: { ...model, max_input_chars_per_word: 100 } }),
  )
  writeFileSync(join(root, 'model/tokenizer_config.json'), '{"eos_token": "t2"}')
  writeFileSync(join(root, 'words.txt'), Array.from({ length: 200 }, (_, i) => `t${(i * 31) % 96}`).join(' '))
  return root
}

const options = ['--model', 'model', '--max-length', '8', '--stage', 'first-block'] as const

test('run --model, estimate, inspect, verify, repair and export do with a model what they do without', async () => {
  const cwd = place('gpt2/bf16')
  const made = await sluice(['run', 'words.txt', '-o', 'out', ...options], { cwd })
  expect(made).toMatchObject({ code: 0 })
  expect(made.stdout).toContain("embedded from the model's rows")
  expect(made.stdout).toContain('reshape(table.num_rows, 8, -1)')
  expect((await sluice(['estimate', 'words.txt', ...options], { cwd })).stdout).toMatch(
    /24 windows .* dim 16/,
  )
  const { stdout } = await sluice(['inspect', 'out'], { cwd })
  expect(stdout).toContain('first_block    fixed_size_list<fixed_size_list<uint16 (bfloat16 bits)>[16]>[8]')
  expect(stdout).toMatch(/model {6}[0-9a-f]{64} {2}gpt2, bf16, as transformers 5/)
  expect(stdout).toContain('first_block = inputs_embeds, + transformer.wpe.weight[p]')
  expect((await sluice(['verify', 'out', '--deep', '9'], { cwd })).stdout).toContain('9 windows recomputed')
  rmSync(join(cwd, 'out/manifest.json'))
  expect((await sluice(['repair', 'out'], { cwd })).code).toBe(0)
  expect((await sluice(['verify', 'out'], { cwd })).stdout).toContain('complete and unchanged')
  for (const to of ['hf', 'parquet', 'npy', 'tokens']) {
    const exported = await sluice(['export', 'out', '--to', to, '-o', to], { cwd })
    expect(exported).toMatchObject({ code: 0, stderr: '' })
  }
})

test.skipIf(withoutRedis)(
  'enqueue and a worker make what run makes, though the worker never sees the model',
  async () => {
    await using redis = await RedisServer.start()
    const cwd = place('opt/bf16')
    await sluice(['run', 'words.txt', '-o', 'local', '-q', ...options], { cwd })
    const enqueue = ['enqueue', 'words.txt', '-o', 'queued', '--redis', redis.url, ...options]
    expect(await sluice(enqueue, { cwd })).toMatchObject({ code: 0 })
    rmSync(join(cwd, 'model'), { recursive: true })
    const [runId = ''] = (await sluice(['jobs', '--redis', redis.url])).stdout.match(/run-[0-9a-f]+/) ?? []
    await using _ = startWorker(cwd, redis.url)
    expect(await sluice(['watch', runId, '--redis', redis.url])).toMatchObject({ code: 0 })
    const manifest = (out: string): string => readFileSync(join(cwd, out, 'manifest.json'), 'utf8')
    expect(manifest('queued')).toBe(manifest('local'))
  },
)

test('inspect --model says what would be computed, and what not to do with it', async () => {
  const cwd = place('roberta/f32')
  const { stdout, code } = await sluice(['inspect', '--model', 'model'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toContain('roberta, computed in f32 as transformers 5 does')
  expect(stdout).toContain('inputs_embeds = roberta.embeddings.word_embeddings.weight[id]')
  expect(stdout).toContain('+ roberta.embeddings.position_embeddings.weight[p counted from the padding id on')
  expect(stdout).toContain('longest window: 22 tokens')
  expect(stdout).toContain('between documents: 2 "t2"')
  expect(stdout).toContain('never first_block: the model would add its positions, its types, its norm twice')
  const json = await sluice(['inspect', '--model', 'model', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({ modelType: 'roberta', firstBlockIsExact: false })
  expect(await sluice(['inspect'], { cwd })).toMatchObject({
    code: 2,
    stderr: 'sluice: Expected the folder of a dataset, or `--model` and a model folder\n',
  })
})

test('inspect says where a tokenizer is slow', async () => {
  const cwd = place('gpt2/f32')
  const path = join(cwd, 'model/tokenizer.json')
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>
  const split = { type: 'Split', pattern: { Regex: '[ ]+(?!x)' }, behavior: 'Removed', invert: false }
  writeFileSync(path, JSON.stringify({ ...tokenizer, pre_tokenizer: split }))
  const slow = 'slow: no scanner is made for its pattern, a general engine runs it: "[ ]+(?!x)"'
  expect((await sluice(['inspect', '--model', 'model'], { cwd })).stdout).toContain(slow)
  await sluice(['run', 'words.txt', '-o', 'out', '--tokenizer', 'model', '--max-length', '8', '-q'], { cwd })
  expect((await sluice(['inspect', 'out'], { cwd })).stdout).toContain(slow)
})

test('a model type that is not known is refused by name, with the way out', async () => {
  const cwd = place('gpt2/f32')
  writeFileSync(join(cwd, 'model/config.json'), '{"model_type": "xlnet", "vocab_size": 96}')
  const run = ['run', 'words.txt', '-o', 'out', '--model', 'model', '--max-length', '8']
  const refused = await sluice(run, { cwd })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/^sluice: The model type `xlnet` is refused: .*--token-tensor NAME/)
  expect(await sluice([...run, '--token-tensor', 'transformer.wte.weight'], { cwd })).toMatchObject({
    code: 0,
  })
})

test('the ids between and around documents are chosen, printed with who named them, and shown by inspect', async () => {
  const cwd = place('llama-sharded/f32')
  writeFileSync(join(cwd, 'model/tokenizer_config.json'), '{"eos_token": "t2", "bos_token": "t3"}')
  writeFileSync(join(cwd, 'two.jsonl'), '{"text": "t5 t6 t7"}\n{"text": "t8 t9"}\n')
  const report = await sluice(['inspect', '--model', 'model'], { cwd })
  expect(report.stdout).toContain(
    'before each document with --bos: 3 "t3" (bos_token in tokenizer_config.json)',
  )
  expect(report.stdout).toContain(
    'usual for this kind of model: a beginning before and the end of text after each',
  )
  expect(report.stdout).toContain('--bos and --separator after')

  const run = ['two.jsonl', '--model', 'model', '--bos', '--separator', 'after', '--max-length', '3']
  const between = 'after each document: 2 "t2" (eos_token in tokenizer_config.json)'
  const before = 'before each document\'s text: 3 "t3" (bos_token in tokenizer_config.json)'
  expect((await sluice(['estimate', ...run], { cwd })).stdout).toContain(`${between}\n${before}\n`)
  const planned = await sluice(['plan', ...run, '-o', 'planned'], { cwd })
  expect(planned).toMatchObject({ code: 0 })
  expect(planned.stderr).toContain(`${between}\n${before}\n`)
  const made = await sluice(['run', ...run, '-o', 'out'], { cwd })
  expect(made).toMatchObject({ code: 0 })
  expect(made.stderr).toContain(`${between}\n${before}\n`)

  const { stdout } = await sluice(['inspect', 'out'], { cwd })
  expect(stdout).toContain('input_ids     [3, 5, 6]')
  expect(stdout).toContain('input_ids     [7, 2, 3]')
  expect(stdout).toContain(
    'before each document\'s text: 3 "t3" (named by the options or the model of the run)',
  )
  expect((await sluice(['verify', 'out', '--deep', '9'], { cwd })).stdout).toContain('windows recomputed')

  writeFileSync(join(cwd, 'one.txt'), 't5 t6')
  const ids = async (...flags: string[]) =>
    (await sluice(['tokenize', 'one.txt', '--text', '--tokenizer', 'model', ...flags], { cwd })).stdout
  expect(await ids('--bos')).toBe('3\n5\n6\n')
  expect(await ids('--bos-id', '9')).toBe('9\n5\n6\n')
  expect(await ids()).toBe('5\n6\n')
})

test('a dataset that refers to its model is checked, repaired and exported with a model that moved, changed or is not there', async () => {
  const cwd = place('llama-tied/f32')
  const run = ['run', 'words.txt', '-o', 'out', '-q', '--model', 'model', '--max-length', '8'] as const
  const made = [...run, '--embeddings', 'lazy', '--reference']
  expect(await sluice(made, { cwd })).toMatchObject({ code: 0 })
  expect((await sluice(['verify', 'out'], { cwd })).stderr).toContain(
    '1 tensor of the model that the dataset refers to was not compared; `--model DIR`',
  )
  // A part that is gone is made again from the same model.
  const [part = ''] = readdirSync(join(cwd, 'out/parts'))
  rmSync(join(cwd, 'out/parts', part))
  expect(await sluice(['verify', 'out'], { cwd })).toMatchObject({ code: 1 })
  expect((await sluice(['repair', 'out', '--reopen'], { cwd })).code).toBe(0)
  expect((await sluice(made, { cwd })).code).toBe(0)

  renameSync(join(cwd, 'model'), join(cwd, 'moved'))
  expect((await sluice(['verify', 'out', '--model', 'moved'], { cwd })).code).toBe(0)
  const unnamed = await sluice(['export', 'out', '--to', 'npy', '-o', 'npy'], { cwd })
  expect(unnamed.code).toBe(2)
  expect(unnamed.stderr).toContain("name the model's folder with `--model`")
  for (const command of [
    ['verify', 'out'],
    ['export', 'out', '--to', 'npy', '-o', 'npy'],
  ]) {
    const gone = await sluice([...command, '--model', 'model'], { cwd })
    expect(gone.code).toBe(2)
    expect(gone.stderr).toContain(
      'Expected `--model` to be the folder of the model that the dataset was made with; model is not there',
    )
  }
  const path = join(cwd, 'moved/model.safetensors')
  const bytes = readFileSync(path)
  for (let at = 8 + Number(bytes.readBigUInt64LE(0)); at < bytes.length; at++) bytes[at]! ^= 1
  writeFileSync(path, bytes)
  const changed = await sluice(['verify', 'out', '--model', 'moved'], { cwd })
  expect(changed.code).toBe(1)
  expect(changed.stderr).toContain('the dataset itself is whole: name the model that it was made with')
  expect(changed.stderr).not.toContain('repair')
  expect(existsSync(join(cwd, 'npy'))).toBe(false)
})
