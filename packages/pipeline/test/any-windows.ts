import fc from 'fast-check'

/** Settings of windows that are not packed, for `fc.record`. */
export const anyWindows = {
  maxLength: fc.integer({ min: 1, max: 9 }),
  stride: fc.integer({ min: 1, max: 12 }),
  separator: fc.constantFrom('between', 'after', 'none'),
  boundary: fc.constantFrom('cross', 'document'),
  tail: fc.constantFrom('drop', 'pad'),
  documents: fc.constantFrom('none', 'ids', 'boundaries'),
  positions: fc.constantFrom('continue', 'restart'),
  bosId: fc.constantFrom(null, '7'),
} as const
