import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from './sluice.ts'

const print = async (cwd: string, ...args: string[]): Promise<unknown> => {
  const { stdout, stderr } = await sluice(['run', '--print-config', ...args], { cwd })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as unknown
}

test.each([
  [
    'sluice.config.json',
    '{ "$schema": "x", "corpus": ["a.txt"], "stride": 7, "maxLength": 8, "out": "here" }',
  ],
  ['sluice.config.yaml', 'corpus: [a.txt]\nstride: 7\nmaxLength: 8\nout: here\n'],
  [
    'sluice.config.ts',
    "export default { corpus: ['a.txt'], stride: 7, maxLength: 8, out: 'here' } satisfies object",
  ],
  // As some editors write it.
  ['sluice.config.json', '\uFEFF{ "corpus": ["a.txt"], "stride": 7, "maxLength": 8, "out": "here" }'],
  ['sluice.config.yaml', '\uFEFFcorpus: [a.txt]\nstride: 7\nmaxLength: 8\nout: here\n'],
])('%s is read where it is, and flags go over it', async (name, content) => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, name), content)
  expect(await print(cwd)).toMatchObject({
    corpus: ['a.txt'],
    stride: 7,
    maxLength: 8,
    dim: 256,
    out: 'here',
  })
  expect(await print(cwd, 'b.txt', '--stride', '2', '--out', 'there')).toMatchObject({
    corpus: ['b.txt'],
    stride: 2,
    maxLength: 8,
    out: 'there',
  })
})

test('a configuration that cannot be used is one line that names the file or the option', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'broken.json'), '{ "corpus": ')
  writeFileSync(join(cwd, 'odd.json'), '{ "corpus": ["a.txt"], "strides": 4 }')
  const run = (file: string) => sluice(['run', '--config', file, '--out', 'out'], { cwd })
  expect((await run('broken.json')).stderr).toMatch(/^sluice: broken\.json: .*JSON.*\n$/)
  expect((await run('odd.json')).stderr).toMatch(/^sluice: Unknown option `--?strides`; known: .*\n$/)
  expect(await run('nope.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^sluice: nope\.yaml: no such file; check the path\n$/) as string,
  })
})

test('tokenize gives the ids of the reference, to a pipe, a file and as a count', async () => {
  const cwd = temporaryFolder()
  expect((await sluice(['tokenize', theVerdict, '--count'])).stdout).toBe('5145\n')
  await sluice(['tokenize', theVerdict, '--out', 'ids.u32'], { cwd })
  const { createHash } = await import('node:crypto')
  const sha256 = createHash('sha256')
    .update(readFileSync(join(cwd, 'ids.u32')))
    .digest('hex')
  // tiktoken 0.14.0: the 5,145 ids of the-verdict.txt as little-endian uint32.
  expect(sha256).toBe('c3d1f8aaa4fc00bea0223bad49a2c9d796f23ce65b9193177c51c854cf9c2189')
  expect(await sluice(['tokenize', theVerdict, '--encoding', 'gpt9', '--count'])).toMatchObject({ code: 2 })
})

test('tokenize --decode gives back the text of ids, raw or as numbers', async () => {
  const cwd = temporaryFolder()
  await sluice(['tokenize', theVerdict, '--out', 'ids.u32'], { cwd })
  await sluice(['tokenize', theVerdict, '--text', '--out', 'ids.txt'], { cwd })
  const lines = readFileSync(join(cwd, 'ids.txt'), 'utf8').trimEnd().split('\n')
  expect(lines.slice(0, 4)).toEqual(['40', '367', '2885', '1464'])
  expect(lines.length).toBe(5145)
  await sluice(['tokenize', 'ids.u32', '--decode', '--out', 'text.txt'], { cwd })
  expect(readFileSync(join(cwd, 'text.txt'))).toEqual(readFileSync(theVerdict))
  expect((await sluice(['tokenize', 'ids.txt', '--text', '--decode'], { cwd })).stdout).toBe(
    readFileSync(theVerdict, 'utf8'),
  )
  writeFileSync(join(cwd, 'wrong.txt'), '40 367, 50257')
  expect(await sluice(['tokenize', 'wrong.txt', '--text', '--decode'], { cwd })).toMatchObject({
    code: 2,
    stderr: 'sluice: wrong.txt: expected ids of gpt2 (0 to 50256), got 50257 at index 2\n',
  })
  writeFileSync(join(cwd, 'cut.u32'), Uint8Array.of(40, 0, 0, 0, 1))
  expect((await sluice(['tokenize', 'cut.u32', '--decode'], { cwd })).stderr).toBe(
    'sluice: cut.u32: expected ids of 4 bytes each, got 5 bytes; for numbers in a text give --text\n',
  )
})

test('estimate says what every mode takes, and writes nothing', async () => {
  const { stdout, code } = await sluice(['estimate', theVerdict, '--max-length', '4', '--json'])
  expect(code).toBe(0)
  const found = JSON.parse(stdout) as { windows: number; modes: { byteLength: number }[] }
  expect(found).toMatchObject({ sources: 1, documents: 1, tokens: 5145, windows: 1286, exact: true })
  expect(found.modes.map(({ byteLength }) => byteLength)).toEqual([
    56_811_880, 54_178_152, 51_544_424, 77_160,
  ])
})

test('complete prints a script for each shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    expect((await sluice(['complete', shell])).stdout, shell).toContain('sluice')
  }
})

test('at TAB there are commands, options and their choices, and file names where there is nothing to choose', async () => {
  const complete = async (...words: string[]): Promise<string[]> =>
    (await sluice(['complete', '--', ...words])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]!)
  // What the scripts go by: 4 is no file names, 0 leaves it to the shell.
  expect(await complete('ru')).toEqual(['run', ':4'])
  expect(await complete('run', '--embed')).toEqual(['--embeddings', ':4'])
  expect(await complete('run', '--embeddings', '')).toEqual(['full', 'lazy', 'none', ':4'])
  for (const words of [
    ['run', ''],
    ['run', 'boo'],
    ['run', '--out', ''],
    ['inspect', './'],
  ])
    expect(await complete(...words), words.join(' ')).toEqual([':0'])
})

test('the script for bash completes with or without the package bash-completion', async () => {
  const { stdout: script } = await sluice(['complete', 'bash'])
  const shell = spawnSync('bash', ['--norc'], {
    input: [
      `sluice() { ${JSON.stringify(process.execPath)} ${JSON.stringify(program)} "$@"; }`,
      script,
      'COMP_WORDS=(sluice run --embeddings "")',
      'COMP_CWORD=3',
      '__sluice_complete 2>/dev/null',
      'echo "${COMPREPLY[@]}"',
      'complete -p sluice',
    ].join('\n'),
    encoding: 'utf8',
  })
  expect(shell.stdout).toBe('full lazy none\ncomplete -o default -F __sluice_complete sluice\n')
})
