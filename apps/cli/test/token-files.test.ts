import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

test('token files are made, shown, verified and compared with their corpus', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.jsonl'), '{"text": "one two three"}\n{"text": "four"}\n')
  const run = await sluice(['run', 'a.jsonl', '--to', 'tokens', '--out', 'flat'], { cwd })
  expect(run.code).toBe(0)
  expect(run.stderr).toContain('will write 5 tokens, 172 B')
  expect(run.stdout).toMatch(/^5 tokens, 2 documents, 172 B of token files in /)
  expect(run.stdout).toContain('np.memmap("flat/tokens.bin", dtype="<u4", mode="r")')
  const again = await sluice(['run', 'a.jsonl', '--to', 'tokens', '--out', 'flat'], { cwd })
  expect(again.stdout).toBe('flat is done already: 2 documents, 172 B of token files\n')

  const shown = await sluice(['inspect', 'flat'], { cwd })
  expect(shown.stdout).toContain('5 tokens in 2 documents, token files for tokens')
  expect(shown.stdout).toContain('text  "<|endoftext|>four"')
  const json = await sluice(['inspect', 'flat', '--json', '--rows', '1'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({
    manifest: { version: 4, format: 'tokens', totals: { tokens: 5, documents: 2 } },
    documents: [{ document: 0, start: 0, tokens: 3, ids: [505, 734, 1115] }],
  })

  expect((await sluice(['verify', 'flat'], { cwd })).stdout).toBe(
    'flat is complete and unchanged: 5 tokens, 2 documents, 172 B\n',
  )
  const deep = await sluice(['verify', 'flat', '--deep', '1'], { cwd })
  expect(deep.stdout).toContain('; all ids made again from the corpus')
  writeFileSync(join(cwd, 'a.jsonl'), '{"text": "one two three"}\n{"text": "five"}\n')
  const changed = await sluice(['verify', 'flat', '--deep', '1'], { cwd })
  expect(changed).toMatchObject({
    code: 2,
    stderr: 'sluice: a.jsonl is not what the dataset was made from\n',
  })

  const path = join(cwd, 'flat/tokens.bin')
  const bytes = readFileSync(path)
  bytes[0]! ^= 1
  writeFileSync(path, bytes)
  const broken = await sluice(['verify', 'flat'], { cwd })
  expect(broken.code).toBe(1)
  expect(broken.stderr).toContain('1 problem in flat; make it again in another folder')
})

test('what is about windows is refused for token files, each command saying why', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'one two three')
  const refused = async (args: readonly string[]): Promise<string> => {
    const { code, stderr } = await sluice(args, { cwd })
    expect(code).toBe(2)
    return stderr.trimEnd()
  }
  expect(await refused(['run', 'a.txt', '--to', 'tokens', '--out', 'flat', '--stride', '4'])).toBe(
    'sluice: Expected `--stride` to be left out with `--to`, got 4: token files have no windows and no embeddings',
  )
  expect(await refused(['plan', 'a.txt', '--to', 'tokens', '--out', 'flat'])).toContain(
    'token files are written in one process, in order; use `sluice run`',
  )
  await sluice(['run', 'a.txt', '--to', 'megatron', '--out', 'flat', '-q'], { cwd })
  for (const args of [
    ['export', 'flat', '--to', 'npy', '--out', 'npy'],
    ['repair', 'flat'],
  ])
    expect(await refused(args)).toContain('holds token files, not windows')
  const config = await sluice(['run', 'a.txt', '--to', 'tokens', '--print-config'], { cwd })
  expect(Object.keys(JSON.parse(config.stdout) as object)).not.toContain('stride')
})

test('an estimate of token files is their size', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'one two three')
  const { stdout } = await sluice(['estimate', 'a.txt', '--to', 'megatron', '--json'], { cwd })
  const { tokens, modes } = JSON.parse(stdout) as { tokens: number; modes: readonly { byteLength: number }[] }
  expect(tokens).toBe(3)
  await sluice(['run', 'a.txt', '--to', 'megatron', '--out', 'flat', '-q'], { cwd })
  const { totals } = JSON.parse(readFileSync(join(cwd, 'flat/manifest.json'), 'utf8')) as {
    totals: { byteLength: number }
  }
  expect(modes).toMatchObject([{ to: 'megatron', byteLength: totals.byteLength }])
})
