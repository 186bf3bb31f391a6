import { expect, test } from 'vitest'
import { RepeatFilter } from '../src/log-event.ts'

test('a message that repeats is logged once in 10 s, with how often it was held back', () => {
  const filter = new RepeatFilter()
  expect(filter.take('a', 0)).toBe(0)
  for (let at = 1; at <= 500; at += 1) expect(filter.take('a', at)).toBeUndefined()
  expect(filter.take('b', 10)).toBe(0)
  expect(filter.take('a', 10_000)).toBe(500)
})

test('the number of messages is bounded also when all are different', () => {
  const filter = new RepeatFilter()
  let through = 0
  for (let at = 0; at < 5000; at += 1) if (filter.take(`error ${at}`, at) !== undefined) through += 1
  expect(through).toBeLessThanOrEqual(50)
})
