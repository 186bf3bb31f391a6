import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sluice } from './sluice.ts'

const made = temporaryFolder({ removeAt: afterAll })

beforeAll(async () => {
  cpSync(theVerdict, join(made, 'book.txt'))
  await sluice(['run', 'book.txt', '-o', 'book', '--max-length', '16', '--dim', '8', '-q'], {
    cwd: made,
  })
})

/** A copy of the dataset and its corpus for one test. */
function copy(): string {
  const cwd = temporaryFolder()
  cpSync(made, cwd, { recursive: true })
  return cwd
}

const firstPart = (cwd: string): string =>
  join(
    cwd,
    'book/parts',
    readdirSync(join(cwd, 'book/parts')).find((name) => name.endsWith('.arrow'))!,
  )

test('verify says what was checked, and --deep compares windows with the corpus', async () => {
  const cwd = copy()
  const plain = await sluice(['verify', 'book'], { cwd })
  expect(plain).toMatchObject({ code: 0, stderr: '' })
  expect(plain.stdout).toMatch(/^book is complete and unchanged: 1 part, .*, 321 windows\n$/)
  const deep = await sluice(['verify', 'book', '--deep', '25'], { cwd })
  expect(deep).toMatchObject({ code: 0, stderr: '' })
  expect(deep.stdout).toContain('25 windows recomputed from the corpus')
})

test('verify names what is wrong, on the terminal and as JSON', async () => {
  const cwd = copy()
  const path = firstPart(cwd)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
  const { code, stderr } = await sluice(['verify', 'book'], { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^sluice: parts\/00000-.*its bytes were changed\nsluice: 1 problem in book; see/)
  const json = await sluice(['verify', 'book', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({ problems: [{ code: 'wrong-hash' }] })
  expect(json.code).toBe(1)
})

test('verify --deep refuses a corpus that changed', async () => {
  const cwd = copy()
  writeFileSync(join(cwd, 'book.txt'), `${readFileSync(theVerdict, 'utf8')} more`)
  const { code, stderr } = await sluice(['verify', 'book', '--deep', '3'], { cwd })
  expect(stderr).toBe('sluice: book.txt is not what the dataset was made from\n')
  expect(code).toBe(2)
})

test('repair rebuilds a lost manifest byte for byte, and says what it does', async () => {
  const cwd = copy()
  const manifest = join(cwd, 'book/manifest.json')
  const before = readFileSync(manifest)
  rmSync(manifest)
  const dry = await sluice(['repair', 'book', '--dry-run'], { cwd })
  expect(dry.stdout).toMatch(/^would write manifest\.json: rebuilt from the header/)
  const { code, stderr } = await sluice(['repair', 'book'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(readFileSync(manifest).equals(before)).toBe(true)
  expect((await sluice(['repair', 'book'], { cwd })).stdout).toBe('book needs no repair\n')
})

test('a damaged part is withdrawn by repair --reopen and made again by the same run', async () => {
  const cwd = copy()
  const path = firstPart(cwd)
  const before = readFileSync(path)
  writeFileSync(path, 'short')
  const reported = await sluice(['repair', 'book'], { cwd })
  expect(reported.code).toBe(1)
  expect(reported.stderr).toContain('sluice repair --reopen book')
  expect((await sluice(['repair', '--reopen', 'book'], { cwd })).code).toBe(0)
  const run = ['run', 'book.txt', '-o', 'book', '--max-length', '16', '--dim', '8', '-q']
  expect(await sluice(run, { cwd })).toMatchObject({ code: 0, stderr: '' })
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('export writes a folder, and refuses what it cannot', async () => {
  const cwd = copy()
  const { code, stdout } = await sluice(['export', 'book', '--to', 'tokens', '-o', 'flat'], { cwd })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '321 windows as tokens in flat\n' })
  expect(statSync(join(cwd, 'flat/tokens.bin')).size).toBe(321 * 16 * 4)
  const again = await sluice(['export', 'book', '--to', 'tokens', '-o', 'flat'], { cwd })
  expect(again.stderr).toMatch(/^sluice: .*flat is already there/)
  const unknown = await sluice(['export', 'book', '--to', 'zarr', '-o', 'other'], { cwd })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('Allowed choices are megatron, hf, parquet, tokens, npy')
})

test('inspect says which records a row and a place in the token stream came from', async () => {
  const cwd = temporaryFolder()
  const lines = ['one two three four five six', 'seven eight', 'nine\u001b[2J'].map((text, line) =>
    JSON.stringify({ text, url: `u${line}` }),
  )
  writeFileSync(join(cwd, 'l.jsonl'), `${lines.join('\n')}\n`)
  const run = ['run', 'l.jsonl', '-o', 'd', '--max-length', '4', '--embeddings', 'none', '-q']
  await sluice([...run, '--keep', 'url'], { cwd })
  const { code, stdout } = await sluice(['inspect', 'd', '--row', '1', '--token', '8'], { cwd })
  const [first, second] = [
    `0–${lines[0]!.length}`,
    `${lines[0]!.length + 1}–${lines[0]!.length + 1 + lines[1]!.length}`,
  ]
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: [
      'row 1',
      `  window 1, from l.jsonl at 0–${second.split('–')[1]}`,
      '  inputs 0–1: document 0, its ids 4–5',
      `    record   l.jsonl at ${first}`,
      '    url      "u0"',
      '  inputs 3–3: document 1, its ids 0–0',
      `    record   l.jsonl at ${second}`,
      '    url      "u1"',
      'token 8',
      '  id 1 of document 1',
      `    record   l.jsonl at ${second}`,
      '    url      "u1"',
      '',
    ].join('\n'),
  })
  const json = await sluice(['inspect', 'd', '--token', '8', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({
    token: { id: 1, record: { document: 1, kept: { url: 'u1' } } },
  })
  for (const [place, message] of [
    [['--row', '99'], 'Expected windows in [0, '],
    [['--token', '9999'], 'Expected `--token` to be a place in the token stream of '],
  ] as const) {
    const refused = await sluice(['inspect', 'd', ...place], { cwd })
    expect(refused.stderr).toContain(message)
    expect(refused.code).toBe(2)
  }
  await sluice([...run.map((word) => (word === 'd' ? 'e' : word))], { cwd })
  const without = await sluice(['inspect', 'e', '--token', '1'], { cwd })
  expect(without.stderr).toContain('has no table of documents')
  expect((await sluice(['inspect', 'e', '--row', '0'], { cwd })).stdout).toContain(
    'the dataset does not say which document',
  )
})
