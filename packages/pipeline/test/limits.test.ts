import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLimits, runLocally, RunError } from '../src/index.ts'

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
