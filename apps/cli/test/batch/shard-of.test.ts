import { expect, test } from 'vitest'
import { arrayText } from '../../src/batch/array-text.ts'
import { shardOf } from '../../src/batch/shard-of.ts'
import { shellQuote } from '../../src/batch/shell-quote.ts'

test('a shard is named by index and count, and an offset moves arrays that begin elsewhere', () => {
  expect(shardOf('0/32', 0, {})).toEqual({ index: 0, count: 32 })
  expect(shardOf('31/32', 0, {})).toEqual({ index: 31, count: 32 })
  expect(shardOf('32/32', -1, {})).toEqual({ index: 31, count: 32 })
  expect(shardOf('5/3000', 2000, {})).toEqual({ index: 2005, count: 3000 })
})

test('the index comes from the first variable that a batch engine has set', () => {
  const variables = {
    SLUICE_SHARD: '1',
    SLURM_ARRAY_TASK_ID: '2',
    JOB_COMPLETION_INDEX: '3',
    AWS_BATCH_JOB_ARRAY_INDEX: '4',
    SKYPILOT_JOB_RANK: '5',
    RANK: '6',
    // GNU parallel counts from 1.
    PARALLEL_SEQ: '8',
  }
  const environment: Record<string, string> = { ...variables, SLURM_ARRAY_TASK_COUNT: '2' }
  for (const [place, name] of Object.keys(variables).entries()) {
    expect(shardOf('env/32', 0, environment), name).toEqual({ index: place + 1, count: 32 })
    delete environment[name]
  }
  expect(() => shardOf('env/32', 0, environment)).toThrow(
    /one of the variables SLUICE_SHARD, .*; none is set/,
  )
  expect(shardOf('env/32', 0, { SLUICE_SHARD: '', RANK: '7' })).toEqual({ index: 7, count: 32 })
})

test.each([
  ['32/32', 0, {}, 'Expected a shard from 0 to 31, got 32 (32 from `--shard`); check'],
  ['0/32', -1, {}, 'got -1 (0 from `--shard` and -1 by `--shard-offset`)'],
  ['env/4', 0, { SLURM_ARRAY_TASK_ID: '17' }, 'got 17 (17 from SLURM_ARRAY_TASK_ID)'],
  ['env/4', 0, { RANK: 'one' }, 'Expected the variable RANK to be the number of a job, got `one`'],
  ['3', 0, {}, 'Expected `--shard` to be INDEX/COUNT or env/COUNT'],
  ['0/0', 0, {}, 'Expected `--shard` to be INDEX/COUNT'],
  ['-1/4', 0, {}, 'Expected `--shard` to be INDEX/COUNT'],
  ['1.5/4', 0, {}, 'Expected `--shard` to be INDEX/COUNT'],
] as const)('%s with offset %i and %j is refused', (text, offset, environment, message) => {
  expect(() => shardOf(text, offset, environment)).toThrow(message)
})

test('shards with work left are written as an array option', () => {
  expect(arrayText([])).toBe('')
  expect(arrayText([0, 3, 4, 5, 17])).toBe('0,3-5,17')
})

test('words for a shell are quoted where they hold more than letters', () => {
  expect(shellQuote('/data/books.sluice')).toBe('/data/books.sluice')
  expect(shellQuote("it's $HOME")).toBe("'it'\\''s $HOME'")
})
