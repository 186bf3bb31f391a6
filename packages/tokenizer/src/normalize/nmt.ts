import type { Normalizer } from './normalizer.ts'

// Written out of the literal: a rule forbids controls there.
const removed = new RegExp(String.raw`[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]`, 'g')
const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g

/** Nmt: removes controls, and makes spaces of other characters that stand for them. */
export const nmt: Normalizer = {
  normalize: (text) => text.replaceAll(removed, '').replaceAll(spaces, ' '),
  mayChange: (bytes, start, end) => {
    for (let at = start; at < end; at++) if (bytes[at]! < 0x20 || bytes[at]! >= 0x7f) return true
    return false
  },
  cutsBeforeSpace: true,
  cutsAnywhere: true,
  keepsSpaces: true,
  removesBeginning: (text) => text.search(removed) === 0,
}
