import { expect, test } from 'vitest'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonicalJson } from '../../src/index.ts'

test('values with half surrogates have the form that others have, with the halves escaped', () => {
  // Names of files that are not UTF-8 are written so.
  expect(canonicalJson({ b: ['\udcff', 1.5], a: { '\udc80': null } })).toBe(
    String.raw`{"a":{"\udc80":null},"b":["\udcff",1.5]}`,
  )
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const own = canonicalJson([value, '\udcff'])
      expect(own).toBe(`[${canonicalize(value)},"\\udcff"]`)
      expect(JSON.parse(own)).toStrictEqual([JSON.parse(JSON.stringify(value)), '\udcff'])
    }),
  )
})
