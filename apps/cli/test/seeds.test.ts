import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import fixture from './fixtures/torch-seeds.json' with { type: 'json' }
import { sluice } from './sluice.ts'

/** Nine windows of one token, so that the order of rows is `torch.randperm(9)`. */
const text = 'one two three four five six seven eight nine ten'
const args = ['--max-length', '1', '--context-length', '4', '--dim', '2', '--quiet', '--out', 'out']

/** The vector of a row in a table of the dataset. */
function vectorOf(folder: string, table: string, row: number): number[] {
  const bytes = readFileSync(join(folder, 'out/tables/tables.safetensors'))
  const headerLength = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets: [number, number] }
  >
  const at = 8 + headerLength + header[table]!.data_offsets[0] + row * 8
  return [bytes.readFloatLE(at), bytes.readFloatLE(at + 4)]
}

test.each(fixture.cases)(
  'seed $seed draws the tables and the order that torch draws',
  async ({ seed, firstToken, lastToken, lastPosition, order }) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'a.txt'), text)
    const ran = await sluice(['run', 'a.txt', ...args, '--seed', seed, '--shuffle', seed], { cwd })
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(vectorOf(cwd, 'wte.weight', 0)).toEqual(firstToken)
    expect(vectorOf(cwd, 'wte.weight', 50_256)).toEqual(lastToken)
    expect(vectorOf(cwd, 'wpe.weight', 3)).toEqual(lastPosition)
    await using dataset = await openDataset(join(cwd, 'out'))
    expect([...(await dataset.read(0, 9)).window].map(Number)).toEqual(order)
    expect(await sluice(['verify', 'out', '--deep', '9'], { cwd })).toMatchObject({ code: 0, stderr: '' })
  },
)

const largest = '18446744073709551615'

test.each([
  ['a.json', `{ "seed": ${largest} }`],
  ['a.json', `{ "seed": "${largest}" }`],
  ['a.yaml', `seed: ${largest}`],
  ['a.ts', `export default { seed: 2n ** 64n - 1n }`],
])('a seed beyond 2^53 stays exact in %s: %s', async (name, content) => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, name), content)
  const { stdout } = await sluice(['run', 'b.txt', '--print-config', '--config', name], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({ seed: largest })
})

test.each(['18446744073709551616', '-9223372036854775809', '1e30', '0.5', 'x', ''])(
  'the seed %j, which torch does not take, is refused',
  async (seed) => {
    const { code, stderr } = await sluice(['run', 'b.txt', '--print-config', '--seed', seed])
    expect(stderr).toMatch(
      /^sluice: Expected `--seed` to be an integer from -2\^63 to 2\^64 - 1 .*, got .*\n$/,
    )
    expect(code).toBe(2)
  },
)
