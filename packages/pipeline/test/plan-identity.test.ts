import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { identifyPlan, planFileOf, planRun, resolveRunConfig, type RunOptions } from '../src/index.ts'
import { statedOptions } from '../src/plan/meaningful-options.ts'
import { withoutEachDefault, withoutLaterDefaults } from '../src/plan/without-later-defaults.ts'

const fixture = new URL('fixtures/unfinished-run/unfinished/plan.json', import.meta.url)

/** Options of a version to come: `stride` and `maxLength` are old, the other two are new. */
interface LaterConfig {
  readonly maxLength: number
  readonly stride: number
  readonly bos: boolean
  readonly overlap: number
}

const resolve = (given: Partial<LaterConfig>): LaterConfig => {
  const { maxLength = 4, stride = maxLength, bos = false, overlap = maxLength - 1 } = given
  return { maxLength, stride, bos, overlap }
}
const first = new Set(['maxLength', 'stride'])

test('a later option is part of the plan only where it differs from its default', () => {
  const write = (given: Partial<LaterConfig>): unknown => withoutLaterDefaults(resolve(given), resolve, first)
  expect(write({})).toEqual({ maxLength: 4, stride: 4 })
  expect(write({ maxLength: 9 })).toEqual({ maxLength: 9, stride: 9 })
  expect(write({ bos: true })).toEqual({ maxLength: 4, stride: 4, bos: true })
  expect(write({ maxLength: 9, overlap: 3 })).toEqual({ maxLength: 9, stride: 9, overlap: 3 })
})

/** Options of every age, alone and together; those that make no sense together are passed over. */
const anyOptions: fc.Arbitrary<Partial<RunOptions>> = fc.record(
  {
    maxLength: fc.constantFrom(4, 256),
    stride: fc.constantFrom(4, 8),
    embeddings: fc.constantFrom('full', 'lazy', 'none'),
    boundary: fc.constantFrom('cross', 'document'),
    tail: fc.constantFrom('drop', 'pad', 'error'),
    separator: fc.constantFrom('between', 'after', 'none'),
    onError: fc.constantFrom('fail', 'skip', 'replace'),
    encoding: fc.constantFrom('gpt2', 'o200k_base'),
    format: fc.constantFrom('ids', 'jsonl'),
    vocabSize: fc.constant(50),
    ids: fc.constantFrom('once', 'twice'),
    per: fc.constantFrom('window', 'document'),
    pool: fc.constantFrom('none', 'mean'),
    to: fc.constantFrom(null, 'tokens', 'megatron'),
    specialTokens: fc.constantFrom('none', 'model'),
    bos: fc.boolean(),
    bosId: fc.constantFrom(null, '7'),
    prune: fc.boolean(),
    tables: fc.constantFrom(null, 'tables.npy'),
    model: fc.constantFrom(null, 'model'),
    positionEncoding: fc.constantFrom('learned', 'sinusoidal', 'alibi'),
    heads: fc.constant(2),
    scale: fc.constantFrom(1, 2),
    keep: fc.constant(['url']),
  } as const,
  { requiredKeys: [] },
)

const resolveAny = resolveRunConfig as (options: object) => object

test('what is left out of a plan at once is what is left out option by option', () => {
  let compared = 0
  const compare = (options: Partial<RunOptions>): void => {
    let config
    try {
      config = statedOptions(resolveRunConfig({ corpus: ['a.txt'], ...options }))
    } catch {
      return
    }
    compared++
    expect(withoutLaterDefaults<object>(config, resolveAny)).toEqual(
      withoutEachDefault<object>(config, resolveAny),
    )
  }
  const few = fc
    .tuple(anyOptions, fc.nat(20))
    .map(([options, at]) => Object.fromEntries(Object.entries(options).slice(at, at + 2)))
  fc.assert(fc.property(few, compare), { numRuns: 300, seed: 1 })
  expect(compared).toBeGreaterThan(100)
})

test('a plan of an earlier version is planned again to the same bytes', () => {
  const file = JSON.parse(readFileSync(fixture, 'utf8')) as ReturnType<typeof planFileOf>
  const config = resolveRunConfig(file.config as Parameters<typeof resolveRunConfig>[0])
  const plan = planRun(config, file.tokenizer, file.sources)
  expect(planFileOf(plan)).toEqual(file)
  expect(identifyPlan(plan).planId).toBe('4705e01a876cd9647cee8f62d14fb85001c5282c2c374cbcff86f1dfe418bfd0')
})
