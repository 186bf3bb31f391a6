import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

/** Every case: what is in the folder, what is typed, and the one line that comes back. */
const cases: readonly {
  readonly title: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly args: readonly string[]
  readonly line: RegExp
}[] = [
  {
    title: 'a missing file',
    args: ['nope.txt'],
    line: /^sluice: nope\.txt: no such file or folder; check the path$/,
  },
  {
    title: 'a folder without files',
    args: ['.'],
    line: /^sluice: \.: no file is there; check the pattern or the folder$/,
  },
  {
    title: 'an empty file',
    files: { 'a.txt': '' },
    args: ['a.txt'],
    line: /^sluice: a\.txt: expected text, got an empty file$/,
  },
  {
    title: 'a text that is too short',
    files: { 'a.txt': 'four words are here' },
    args: ['a.txt', '--max-length', '4'],
    line: /^sluice: Expected at least 5 tokens for one window of 4 and its target, got 4; .*`--max-length`$/,
  },
  {
    title: 'bytes that are not UTF-8',
    files: { 'a.txt': Buffer.from('some words \xe9 and more', 'latin1') },
    args: ['a.txt', '--max-length', '2'],
    line: /^sluice: a\.txt: .*not UTF-8.* 11.*--invalid replace/,
  },
  {
    title: 'a file name with a line feed',
    files: { 'a\nb.txt': Buffer.from('some words \xe9', 'latin1') },
    args: ['.', '--max-length', '2'],
    line: /^sluice: a\\nb\.txt: a byte that is not UTF-8 \(invalid-utf8 at 11\); --invalid replace puts U\+FFFD in their place$/,
  },
  {
    title: 'a line that is not JSON',
    files: { 'a.jsonl': '{"text":"some words"}\n{"text": \n' },
    args: ['a.jsonl', '--max-length', '2'],
    line: /^sluice: a\.jsonl: .*\(broken-json at 22\); --on-error skip leaves it out and counts it$/,
  },
  {
    title: 'a table without the column',
    files: { 'a.csv': 'id,body\n1,some words\n' },
    args: ['a.csv'],
    line: /^sluice: a\.csv: has no column "text"; set `--text-field` to one of "id", "body"$/,
  },
  {
    title: 'lines without the field, all left out',
    files: { 'a.jsonl': '{"body":"some words"}\n{"body":"and more"}\n' },
    args: ['a.jsonl', '--on-error', 'skip'],
    line: /^sluice: Expected text in the corpus, got none; left out: 2 × missing-field, first in a\.jsonl at 0; `--text-field` names the field or column that holds the text$/,
  },
  {
    title: 'a table that has a header only',
    files: { 'a.csv': 'id,text\n' },
    args: ['a.csv'],
    line: /^sluice: Expected text in the corpus, got none: the sources hold no documents$/,
  },
  {
    title: 'a corpus of which too little is left',
    files: { 'a.jsonl': '{"text":"one"}\n{"body":"two"}\n{"text":\n' },
    args: ['a.jsonl', '--on-error', 'skip', '--max-length', '4'],
    line: /^sluice: Expected at least 5 tokens for one window of 4 and its target, got 1; left out: 1 × broken-json, first in a\.jsonl at 30; 1 × missing-field, first in a\.jsonl at 15; add text or use a smaller `--max-length`$/,
  },
  {
    title: 'a corpus that is not a list',
    files: { 'c.yaml': 'corpus: a.txt\n' },
    args: ['--config', 'c.yaml'],
    line: /^sluice: Expected `corpus` to be of type array, got `"a\.txt"` \(string\)$/,
  },
  {
    title: 'an --out that is a file',
    files: { 'a.txt': 'some words' },
    args: ['a.txt', '--out', 'a.txt'],
    line: /^sluice: Expected --out a\.txt to be a folder: it is a file; choose another$/,
  },
  {
    title: 'an --out below a file',
    files: { 'a.txt': 'some words' },
    args: ['a.txt', '--out', 'a.txt/b/c'],
    line: /^sluice: Expected --out a\.txt\/b\/c to be a folder: .*\/a\.txt is a file; choose another$/,
  },
  {
    title: 'a stride of 0',
    files: { 'a.txt': 'some words' },
    args: ['a.txt', '--stride', '0'],
    line: /^sluice: Expected `--stride` to be a positive integer, got `0` \(number\)$/,
  },
  {
    title: 'a dimension that is not a number',
    files: { 'a.txt': 'some words' },
    args: ['a.txt', '--dim', 'abc'],
    line: /^sluice: Expected `--dim` to be an integer, got `"abc"` \(string\)$/,
  },
  {
    title: 'an unknown option',
    args: ['a.txt', '--strid', '4'],
    line: /^sluice: unknown option '--strid' \(did you mean --stride\?\)$/,
  },
]

test.each(cases)(
  '$title gives one line and exit code 2, and leaves nothing behind',
  async ({ files = {}, args, line }) => {
    const cwd = temporaryFolder()
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content)
    const { code, stdout, stderr } = await sluice(['run', '--out', 'out', '--quiet', ...args], { cwd })
    expect(stderr.trimEnd()).toMatch(line)
    expect(stdout).toBe('')
    expect(code).toBe(2)
    expect(readdirSync(cwd)).toEqual(Object.keys(files))
  },
)

test('tokenize names a byte that is not UTF-8 in a pipe too, which it cannot read twice', async () => {
  const { code, stderr } = await sluice(['tokenize', '-', '--count'], {
    shell: String.raw`exec < <(printf 'ab\xff')`,
  })
  expect(stderr).toMatch(/^sluice: -: .*not UTF-8.* 2.*--invalid replace.*\n$/)
  expect(code).toBe(2)
})

test('content that cannot be read is counted, and the first places are named', async () => {
  const cwd = temporaryFolder()
  const text = '{"text":"some words and more"}\n'
  const odd = Buffer.concat([
    Buffer.from(`${text}{"text":\n{"text":"bad `),
    Buffer.of(0xff),
    Buffer.from(' byte"}\n'),
  ])
  writeFileSync(join(cwd, 'a.jsonl'), odd)
  writeFileSync(join(cwd, 'b.txt'), '')
  writeFileSync(join(cwd, 'c.jsonl'), `{"body":"no text"}\n${text}nothing\n`)
  const args = ['run', '.', '--out', 'out', '--max-length', '2', '--dim', '4', '--on-error', 'replace']
  const { code, stdout } = await sluice(args, { cwd })
  expect(code).toBe(0)
  const leftOut = [
    'broken-json (a.jsonl at 31, c.jsonl at 50)',
    'empty-document (b.txt at 0)',
    'invalid-utf8 (a.jsonl at 53)',
    'missing-field (c.jsonl at 0)',
  ]
  const lines = stdout.split('\n').filter((line) => /^left out or repaired: [12] × /.test(line))
  expect(lines.map((line) => line.replace(/^.* × /, '')).toSorted()).toEqual(leftOut)
  const { stdout: inspected } = await sluice(['inspect', 'out'], { cwd })
  for (const line of leftOut) expect(inspected).toContain(line)
})

test('the same run again is done already; another one into its folder is refused, and the folder stays', async () => {
  const cwd = temporaryFolder()
  const args = ['run', theVerdict, '--out', 'out', '--max-length', '64', '--dim', '4']
  for (const split of [[], ['--split', '0.5']]) {
    const runs = [...args.with(3, `out${split.length}`), ...split]
    const lines = Array.from({ length: 40 }, (_, line) => `{"text":"some words and more of them: ${line}"}\n`)
    writeFileSync(join(cwd, 'b.jsonl'), lines.join(''))
    if (split.length > 0) runs[1] = 'b.jsonl'
    const out = join(cwd, `out${split.length}`)
    expect(await sluice([...runs, '--max-length', '4', '-q'], { cwd })).toMatchObject({ code: 0, stderr: '' })
    const before = readdirSync(out, { recursive: true })
    const again = await sluice([...runs, '--max-length', '4'], { cwd })
    expect(again.stdout).toMatch(/^out\d is done already: [\d,]+ windows, .* of Arrow\n$/)
    expect(again.code).toBe(0)
    expect(readdirSync(out, { recursive: true })).toEqual(before)
  }
  const { code, stderr } = await sluice([...args.with(3, 'out0'), '--stride', '8'], { cwd })
  expect(stderr).toMatch(/sluice: .*out0 already holds a dataset; .*\n$/)
  expect(code).toBe(2)
})

test('a disk without room is reported with both numbers before anything is written', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'some words and some more of them '.repeat(1000))
  // A window of 2,048 tokens takes 537 MB, and there are 4,000 of them: more than the disks this runs on have.
  const args = [
    'run',
    'a.txt',
    '--out',
    'out',
    '--quiet',
    '--max-length',
    '2048',
    '--stride',
    '1',
    '--dim',
    '65536',
  ]
  const { code, stderr } = await sluice(args, { cwd })
  expect(stderr).toMatch(/^sluice: No space left for the run: .*\/out needs \d+ bytes, \d+ are free; .*\n$/)
  expect(code).toBe(1)
  expect(readdirSync(cwd)).toEqual(['a.txt'])
})

test('a disk that fills up gives one line and exit code 1, and the same command resumes once there is room', async () => {
  const cwd = temporaryFolder()
  // A limit on file sizes stands in for the full disk: writing past it fails in the same place, with EFBIG.
  const { code, stderr } = await sluice(['run', theVerdict, '--out', 'out', '--quiet', '--max-length', '4'], {
    cwd,
    shell: 'trap "" XFSZ; ulimit -f 20000',
  })
  expect(stderr).toMatch(/^sluice: Could not write .*tables\.safetensors.*EFBIG; free some space.*\n$/)
  expect(code).toBe(1)
  expect(readdirSync(join(cwd, 'out'))).toContain('plan.json')
  const again = await sluice(['run', theVerdict, '--out', 'out', '--quiet', '--max-length', '4'], { cwd })
  expect(again).toMatchObject({ code: 0, stderr: '' })
})
