import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCount } from '../src/terminal/units.ts'

test('counts have the commas that an English locale puts', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (count) => {
      expect(formatCount(count)).toBe(count.toLocaleString('en-US'))
    }),
  )
})
