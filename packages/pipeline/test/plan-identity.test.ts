import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { identifyPlan, planFileOf, planRun, resolveRunConfig } from '../src/index.ts'
import { withoutLaterDefaults } from '../src/plan/without-later-defaults.ts'

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

test('a plan of an earlier version is planned again to the same bytes', () => {
  const file = JSON.parse(readFileSync(fixture, 'utf8')) as ReturnType<typeof planFileOf>
  const config = resolveRunConfig(file.config as Parameters<typeof resolveRunConfig>[0])
  const plan = planRun(config, file.tokenizer, file.sources)
  expect(planFileOf(plan)).toEqual(file)
  expect(identifyPlan(plan).planId).toBe('4705e01a876cd9647cee8f62d14fb85001c5282c2c374cbcff86f1dfe418bfd0')
})
