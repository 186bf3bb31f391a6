import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { openCorpus, resolveRunConfig, runLimits, runLocally, RunError } from '../src/index.ts'

const powers = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** A limit as the README writes it. */
function written(value: number, unit: 'bytes' | 'rows' | 'times'): string {
  if (unit !== 'bytes') return `${value.toLocaleString('en')} ${unit}`
  const power = powers.findLastIndex((_, exponent) => value % 1024 ** exponent === 0)
  if (value % 1_000_000 === 0 && power < 2) return `${value / 1_000_000} MB`
  return `${value / 1024 ** power} ${powers[power]}`
}

test('the README of the pipeline lists every limit with its default and its option', () => {
  const readme = readFileSync(join(repositoryRoot, 'packages/pipeline/README.md'), 'utf8')
  const rows = Object.values(runLimits).map((limit) => {
    const option = 'option' in limit ? `\`${limit.option}\`` : ''
    return `| ${limit.what} | ${written(limit.default, limit.unit)} | ${option} |`.replace('|  |', '| |')
  })
  const found = readme.split('\n').filter((line) => rows.includes(line))
  expect(found).toEqual(rows)
})

test('a text without a place to cut it is refused above the limit, with its place, and read where the limit is raised', async () => {
  const folder = temporaryFolder()
  const piece = 'a'.repeat(3 << 20)
  writeFileSync(join(folder, 'a.txt'), `a word ${piece}`)
  writeFileSync(join(folder, 'a.jsonl'), `{"text":"a word"}\n${JSON.stringify({ text: piece })}\n`)
  for (const [name, position] of [
    ['a.txt', 0],
    ['a.jsonl', 18],
  ] as const) {
    const run = (maxPieceBytes: number) => {
      const options = { maxLength: 4, embeddings: 'none', maxPieceBytes } as const
      const config = resolveRunConfig({ corpus: [join(folder, name)], ...options })
      return runLocally({ config, out: join(folder, 'out'), threads: 1 })
    }
    const refused = await run(1 << 20).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RunError)
    expect(refused).toMatchObject({ code: 'unbroken-text', blame: 'input' })
    expect((refused as RunError).message).toBe(
      `${join(folder, name)}: in the document at ${position}, the text has more than 1048576 bytes without a place to cut it, such as a space or a line; raise \`maxPieceBytes\` to hold more at a time`,
    )
    const { windows } = await run(4 << 20)
    expect(windows).toBeGreaterThan(0)
    rmSync(join(folder, 'out'), { recursive: true })
  }
})

/** A file of 256 GiB that takes no space: what is behind its beginning, and before its end, are zeros. */
function writeEndless(path: string, beginning: string, end = ''): void {
  const byteLength = 2 ** 38
  writeFileSync(path, beginning)
  truncateSync(path, byteLength)
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.from(end), 0, Buffer.byteLength(end), byteLength - Buffer.byteLength(end))
  closeSync(file)
}

// To hash any of these takes minutes: the test ends in time only where that is not waited for.
test.each([
  ['a.txt', 'a word ', '', 'unbroken-text', 'more than 16777216 bytes without a place to cut it'],
  ['a.jsonl', '{"text":"', '"}', 'line-too-long', 'longer than 67108864 bytes'],
  ['a.csv', 'text,n\n"', '",1', 'line-too-long', 'longer than 67108864 bytes'],
  ['lines.csv', `text,n\n"${'a line\n'.repeat(10)}`, '', 'line-too-long', 'longer than 67108864 bytes'],
  ['a.parquet', 'PAR1\0\x15\x04\x15', '\xff\xff\xff\xffPAR1', 'broken-file', ''],
  ['a.arrow', 'ARROW1\0\0', 'ARROW1', 'broken-file', ''],
] as const)(
  'a source %s without an end is refused before it is hashed',
  async (name, beginning, end, code, message) => {
    const folder = temporaryFolder()
    const path = join(folder, name)
    writeEndless(path, beginning, end)
    const config = resolveRunConfig({ corpus: [path], maxLength: 4, embeddings: 'none' })
    const refused = await runLocally({ config, out: join(folder, 'out'), threads: 1 }).catch(
      (error: unknown) => error,
    )
    expect(refused).toMatchObject({ code, blame: 'input' })
    expect((refused as Error).message).toContain(path)
    expect((refused as Error).message).toContain(message)
  },
  60_000,
)

test('hashing large sources is told, and stops when it is told to', async () => {
  const folder = temporaryFolder({ inMemory: true })
  const corpus = ['a', 'b'].map((name) => join(folder, `${name}.txt`))
  const block = Buffer.from('some words\n'.repeat(1 << 20))
  for (const path of corpus) {
    const file = openSync(path, 'w')
    for (let at = 0; at < 14; at++) writeSync(file, block)
    closeSync(file)
  }
  const config = resolveRunConfig({ corpus, maxLength: 4, embeddings: 'none' })
  const access = { path: join(folder, 'out') }
  const told: { readonly done: number; readonly total: number }[] = []
  const opened = await openCorpus(config, access, { onHashing: (done, total) => told.push({ done, total }) })
  const total = 2 * 14 * block.length
  expect(told.at(-1)).toEqual({ done: total, total })
  expect(told.length).toBeGreaterThan(5)
  expect(told.map(({ done }) => done)).toEqual(
    told.map(({ done }) => done).toSorted((left, right) => left - right),
  )
  expect(opened.sources).toHaveLength(2)
  const stop = new AbortController()
  const stopped = openCorpus(config, access, { signal: stop.signal, onHashing: () => stop.abort() })
  await expect(stopped).rejects.toThrow(/abort/i)
})
