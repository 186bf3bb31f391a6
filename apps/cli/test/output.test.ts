import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program, sluice } from './sluice.ts'

const cwd = temporaryFolder({ removeAt: afterAll })
beforeAll(async () => {
  copyFileSync(theVerdict, join(cwd, 'book.txt'))
  await sluice(['run', 'book.txt', '-o', 'book', '--max-length', '16', '--dim', '8', '-q'], { cwd })
})

/** Runs a shell line in which `sluice` is the program. */
function shell(line: string): { readonly code: number | null; readonly stderr: string } {
  const start = `sluice() { ${JSON.stringify(process.execPath)} ${JSON.stringify(program)} "$@"; }`
  const { status, stderr } = spawnSync('bash', ['-c', `${start}; ${line}`], { cwd, encoding: 'utf8' })
  return { code: status, stderr }
}

describe.skipIf(!existsSync('/dev/full'))('standard output that is full', () => {
  test.each([
    '--help',
    '--version',
    'run --help',
    'run book.txt -o other --embeddings none -q --json',
    'run book.txt --print-config',
    'estimate book.txt',
    'inspect book',
    'inspect book --json',
    'verify book',
    'verify book --json',
    'repair book',
    'export book --to npy -o npy',
    'tokenize book.txt',
    'tokenize book.txt --count',
    'complete bash',
  ])('an output that cannot be written gives one line and exit code 1: sluice %s', (line) => {
    const { code, stderr } = shell(`sluice ${line} > /dev/full`)
    expect(stderr).toBe('sluice: Could not write to standard output: ENOSPC\n')
    expect(code).toBe(1)
  })
})

test('a reader that has seen enough is no error', () => {
  for (const line of ['inspect book', 'tokenize book.txt', 'run --help', 'verify book --json']) {
    expect(shell(`sluice ${line} | true; exit \${PIPESTATUS[0]}`), line).toEqual({
      code: 0,
      stderr: '',
    })
  }
})

test('a run whose reader ends stops, says so, and resumes', () => {
  writeFileSync(join(cwd, 'long.txt'), readFileSync(theVerdict, 'utf8').repeat(300))
  const run = 'sluice run long.txt -o long --threads 2 --dim 8 --max-length 64 --json'
  const { code, stderr } = shell(`${run} | head -n 1 > /dev/null; exit \${PIPESTATUS[0]}`)
  expect(stderr).toBe('sluice: Could not write to standard output: EPIPE\n')
  expect(code).toBe(1)
  expect(existsSync(join(cwd, 'long/manifest.json'))).toBe(false)
  expect(shell(`${run} > /dev/null`)).toEqual({ code: 0, stderr: '' })
})

test('tokenize does not replace its own text, by any name', () => {
  shell('ln -s book.txt link.txt; ln book.txt twin.txt')
  const before = readFileSync(join(cwd, 'book.txt'))
  for (const out of ['book.txt', './book.txt', 'link.txt', 'twin.txt', join(cwd, 'book.txt')]) {
    const { code, stderr } = shell(`sluice tokenize book.txt -o ${out}`)
    expect(stderr).toBe(
      `sluice: Expected --out ${out} to be another file than the text, which it would replace\n`,
    )
    expect(code).toBe(2)
  }
  expect(readFileSync(join(cwd, 'book.txt')).equals(before)).toBe(true)
})

test('tokenize writes into pipes and devices and leaves them in place', () => {
  const result = shell('mkfifo pipe; sluice tokenize book.txt -o pipe & cat pipe | wc -c > size; wait')
  expect(result).toEqual({ code: 0, stderr: '' })
  expect(readFileSync(join(cwd, 'size'), 'utf8').trim()).toBe(String(4 * 5145))
  expect(statSync(join(cwd, 'pipe')).isFIFO()).toBe(true)
})

test.each([
  ['run book.txt', 's3://bucket/x', 's3'],
  ['run book.txt', 'az://container/x', 'az'],
  ['run book.txt', 'GS://bucket/x', 'GS'],
  ['run book.txt', 'hf://datasets/x/y', 'hf'],
  ['run book.txt', 'https://example.com/x', 'https'],
  ['run book.txt', 'file:///tmp/x', 'file'],
  ['enqueue book.txt', 's3://bucket/x', 's3'],
  ['export book --to npy', 's3://bucket/x', 's3'],
  ['tokenize book.txt', 'gs://bucket/x', 'gs'],
  ['demo', 's3://bucket/x', 's3'],
])('sluice %s -o %s is refused by its scheme, and leaves nothing', (command, out, scheme) => {
  const { code, stderr } = shell(`sluice ${command} -o ${out}`)
  expect(stderr).toBe(
    `sluice: Expected \`--out\` to be a path on this machine, got a ${scheme}:// URL; write to a folder and copy it there\n`,
  )
  expect(code).toBe(2)
  expect(existsSync(join(cwd, `${scheme}:`))).toBe(false)
})
