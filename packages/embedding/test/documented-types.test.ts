import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { supportedModelTypes } from '@sluice/embedding'
import { expect, test } from 'vitest'
import { rotaryFamilies } from '../src/model/attention/rotary-families.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test.each(['README.md', 'packages/embedding/README.md', 'docs/guides/your-model.md'])(
  '%s says how many model types are known',
  (path) => {
    const said = readFileSync(`${root}${path}`, 'utf8').matchAll(/(\d+) model types/g)
    const numbers = new Set(Array.from(said, ([, number]) => Number(number)))
    expect(Array.from(numbers)).toEqual([supportedModelTypes().length])
  },
)

test('the README says of how many types the rotary tables are known', () => {
  const text = readFileSync(`${root}packages/embedding/README.md`, 'utf8')
  expect(text).toContain(`frequencies; ${Object.keys(rotaryFamilies).length} types`)
})
