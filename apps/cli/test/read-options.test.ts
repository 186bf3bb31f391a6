import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runLimits } from '@sluice/pipeline'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

const quiet = ['-q', '--max-length', '2', '--embeddings', 'none'] as const

test('a CSV with another separator is read by --csv-separator', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.csv'), 'id;text\n1;"one, two; three and four"\n')
  const run = await sluice(['run', 'a.csv', '-o', 'out', '--csv-separator', ';', ...quiet], { cwd })
  expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
  const { rows } = JSON.parse((await sluice(['inspect', 'out', '--json'], { cwd })).stdout) as {
    readonly rows: readonly { readonly text: string }[]
  }
  expect(rows.map(({ text }) => text).join('')).toMatch(/^one, two; three/)
  expect(await sluice(['run', 'a.csv', '-o', 'b', '--csv-separator', ';;'], { cwd })).toMatchObject({
    code: 2,
    stderr: 'sluice: Expected `--csv-separator` to be a single character, got `";;"` (string)\n',
  })
})

test('a line above the limit is refused, and read where the limit allows it', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.jsonl'), `${JSON.stringify({ text: 'word '.repeat(100) })}\n`)
  const run = (bytes: string) =>
    sluice(['run', 'a.jsonl', '-o', 'out', '--max-line-bytes', bytes, ...quiet], { cwd })
  expect(await run('100')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^sluice: a\.jsonl: a line is longer than 100 bytes .*\n$/) as string,
  })
  expect(await run('1000')).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('--print-config lists every limit, with the option that raises it', async () => {
  const { stdout } = await sluice(['run', 'a.txt', '--print-config', '--max-ratio', '7'])
  const { $limits: limits } = JSON.parse(stdout) as {
    readonly $limits: Readonly<Record<string, { readonly limit: number; readonly option?: string }>>
  }
  expect(Object.keys(limits)).toEqual(Object.keys(runLimits))
  expect(limits['ratio']).toMatchObject({ limit: 7, option: 'maxRatio' })
  expect(limits['lineBytes']).toMatchObject({ limit: runLimits.lineBytes.default })
})

test('a .tiktoken file is read with its pattern and special tokens, which the command line gives', async () => {
  const cwd = temporaryFolder()
  const tokenizer = new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json'))
    .pathname
  writeFileSync(join(cwd, 'a.txt'), "It's =<|a=b|>")
  const given = ['--tokenizer', tokenizer, '--tokenizer-pattern', 'gpt2'] as const
  const specials = ['--tokenizer-specials', '<|a=b|>=50257', '--tokenizer-specials', '<|x|>=50258'] as const
  const read = (...options: readonly string[]) => sluice(['tokenize', 'a.txt', '--text', ...options], { cwd })
  const { stdout } = await read(...given, ...specials, '--special', 'all')
  expect(stdout).toBe('1026\n338\n796\n50257\n')
  expect(await read('--tokenizer', tokenizer)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'Expected `--tokenizer-pattern` with r50k_base.tiktoken, got none',
    ) as string,
  })
  expect(await read(...given, '--tokenizer-specials', 'x')).toMatchObject({
    code: 2,
    stderr: 'sluice: Expected `--tokenizer-specials` to be a name, = and a number, got `x`\n',
  })
})

test('verify names the option that lets a source be read', async () => {
  const [cwd, other] = [temporaryFolder(), temporaryFolder()]
  writeFileSync(join(cwd, 'a.txt'), 'one two three four')
  await sluice(['run', 'a.txt', '-o', 'out', ...quiet], { cwd })
  const refused = await sluice(['verify', join(cwd, 'out'), '--deep', '1'], { cwd: other })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/a\.txt .*; name its file, or a folder it is in, with `--root`\n$/)
})
