import { expect, test } from 'vitest'
import publishedSchema from '../schema/run-config.schema.json' with { type: 'json' }
import { resolveRunConfig, runConfigJsonSchema } from '../src/index.ts'

test('the defaults, the stride and the context length follow from the window', () => {
  expect(resolveRunConfig({ corpus: ['a.txt'] })).toMatchObject({
    maxLength: 256,
    stride: 256,
    contextLength: 256,
  })
  expect(resolveRunConfig({ corpus: ['a.txt'], maxLength: 4 })).toMatchObject({
    stride: 4,
    contextLength: 4,
    seed: 123,
  })
})

test.each([
  [{}, 'fail', 'fail'],
  [{ onError: 'skip' }, 'skip', 'skip'],
  [{ onError: 'replace' }, 'skip', 'replace'],
  [{ onError: 'skip', invalid: 'fail' }, 'skip', 'fail'],
  [{ invalid: 'replace' }, 'fail', 'replace'],
] as const)('%j means %s for lines and %s for bytes', (options, onError, invalid) => {
  expect(resolveRunConfig({ corpus: ['a.txt'], ...options })).toMatchObject({ onError, invalid })
})

test.each<[object, string]>([
  [{ stride: 0 }, 'Expected `stride` to be a positive integer, got `0` (number)'],
  [{ maxLength: 2.5 }, 'Expected `maxLength` to be an integer, got `2.5` (number)'],
  [{ dim: 'abc' }, 'Expected `dim` to be an integer, got `"abc"` (string)'],
  [{ dim: 100_000 }, 'Expected `dim` to be at most 65536, got `100000` (number)'],
  [{ invalid: 'ignore' }, 'Expected `invalid` to be one of fail, skip, replace, got `"ignore"` (string)'],
  [{ corpus: [] }, 'Expected `corpus` to be non-empty, got `[]` (object)'],
  [{ contextLength: 4, maxLength: 8 }, 'Expected `contextLength` to be at least `maxLength` (8), got 4'],
  [
    { tail: 'pad', idType: 'uint16' },
    'Expected `idType` to be int32 with `tail` pad, got `"uint16"` (string)',
  ],
  [{ packing: 'best-fit' }, 'Expected `boundary` to be document with `packing`, got "cross"'],
  [
    { shuffle: {} },
    'Expected `shuffle.seed` to be an integer from -2^63 to 2^64 - 1 (in JSON, a string beyond 2^53), got nothing',
  ],
  [
    { split: { validation: 1 } },
    'Expected `split.validation` to be a share above 0 and below 1, got `1` (number)',
  ],
  [{ strides: 4 }, 'Unknown option `strides`; known: '],
])('refuses %j in one line', (options, message) => {
  expect(() => resolveRunConfig({ corpus: ['a.txt'], ...options })).toThrow(message)
})

test('the published JSON Schema is the one that checks', () => {
  expect(publishedSchema).toEqual(runConfigJsonSchema())
})
