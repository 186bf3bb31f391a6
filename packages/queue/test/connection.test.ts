import { expect, test } from 'vitest'
import { resolveConnection } from '../src/index.ts'
import { formatFailure, parseFailure } from '../src/failure.ts'
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
  const postgres = resolveConnection({ url: 'postgres://ann:secret@db.example/jobs' })
  expect(postgres).toMatchObject({ kind: 'postgres', address: 'postgres://db.example:5432/jobs' })
})

test('an address that cannot be used is refused without being repeated', () => {
  for (const url of ['nonsense secret', 'http://ann:secret@host', 'redis://:secret@host/name']) {
    expect(() => resolveConnection({ url })).toThrow(/^Expected the queue's URL/)
    expect(() => resolveConnection({ url })).not.toThrow(/secret/)
  }
})

test('a failure keeps its name, code and message on the way through the queue', () => {
  const error = Object.assign(new Error('bad.txt: byte 3: not UTF-8'), { code: 'invalid-utf8' })
  Object.defineProperty(error, 'name', { value: 'CorpusError' })
  const parsed = parseFailure(formatFailure(error))
  expect(parsed).toMatchObject({ name: 'CorpusError', code: 'invalid-utf8', message: error.message })
  expect(parseFailure('job started more than allowable limit').message).toMatch(/^job started/)
  expect(formatFailure(new Error('x'.repeat(1e6))).length).toBeLessThan(3000)
})

test('trying again ends where it cannot help, and waits for room on the disk', () => {
  const failure = (name: string, code: string): Error =>
    Object.defineProperty(Object.assign(new Error('why'), { code }), 'name', { value: name })
  const name = (error: Error, attempts: number): string => toJobError(error, attempts).name
  expect(name(failure('CorpusError', 'invalid-utf8'), 0)).toBe('UnrecoverableError')
  expect(name(failure('DatasetError', 'conflict'), 0)).toBe('UnrecoverableError')
  expect(name(failure('DatasetError', 'io'), 3)).toBe('Error')
  expect(name(failure('DatasetError', 'io'), 4)).toBe('UnrecoverableError')
  expect(name(failure('DatasetError', 'no-space'), 18)).toBe('Error')
  expect([1, 2, 20, 1000].map(backoffMs)).toEqual([1000, 2000, 60_000, 60_000])
})
