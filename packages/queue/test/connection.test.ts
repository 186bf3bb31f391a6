import { DatasetError } from '@sluice/dataset'
import { RunError } from '@sluice/pipeline'
import { expect, test } from 'vitest'
import { resolveConnection } from '../src/index.ts'
import { failureLine, formatFailure, parseFailure } from '../src/failure.ts'
import { backoffMs, toJobError } from '../src/worker/job-error.ts'

test('an address has neither user nor password', () => {
  const { address, driver } = resolveConnection({ url: 'rediss://ann:p%40ss@redis.example:6380/2' })
  expect(address).toBe('rediss://redis.example:6380/2')
  expect(driver).toMatchObject({
    host: 'redis.example',
    port: 6380,
    db: 2,
    username: 'ann',
    password: 'p@ss',
  })
  expect(driver).toMatchObject({ tls: {}, maxRetriesPerRequest: null })
})

test('an address that cannot be used is refused without being repeated', () => {
  for (const url of [
    'nonsense secret',
    'http://ann:secret@host',
    'postgres://ann:secret@host/db',
    'redis://:secret@host/name',
  ]) {
    expect(() => resolveConnection({ url })).toThrow(/^Expected the queue's URL/)
    expect(() => resolveConnection({ url })).not.toThrow(/secret/)
  }
})

test('a failure keeps its name, code and message on the way through the queue', () => {
  const error = new DatasetError('mismatch', 'bad.txt: byte 3: not UTF-8', {
    file: 'bad.txt',
    position: 3,
    hint: { option: 'onError', value: 'skip', effect: 'leaves it out' },
    cause: new Error('deeper'),
  })
  const parsed = parseFailure(formatFailure(error))
  const { message, hint } = error
  expect(parsed).toMatchObject({ name: 'DatasetError', code: 'mismatch', message, hint, position: 3 })
  expect(parsed).toMatchObject({ blame: 'input', retry: 'never', cause: { message: 'deeper' } })
  expect(failureLine(formatFailure(error))).toBe(`DatasetError mismatch: ${message}`)
  expect(parseFailure('job started more than allowable limit').message).toMatch(/^job started/)
  const long = formatFailure(new DatasetError('io', 'x'.repeat(1e6)))
  expect(long.length).toBeLessThan(3000)
  expect(parseFailure(long)).toMatchObject({ code: 'io', blame: 'machine' })
})

test('a task is not retried where that cannot help, and waits for room on a full disk', () => {
  const name = (error: Error, attempts: number): string => toJobError(error, attempts).name
  expect(name(new RunError('too-short', 'why'), 0)).toBe('UnrecoverableError')
  expect(name(new DatasetError('conflict', 'why'), 0)).toBe('UnrecoverableError')
  expect(name(new DatasetError('io', 'why'), 3)).toBe('Error')
  expect(name(new DatasetError('io', 'why'), 4)).toBe('UnrecoverableError')
  expect(name(new DatasetError('no-space', 'why'), 18)).toBe('Error')
  expect([1, 2, 20, 1000].map(backoffMs)).toEqual([1000, 2000, 60_000, 60_000])
})
