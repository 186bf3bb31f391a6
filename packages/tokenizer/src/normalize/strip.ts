import type { Normalizer } from './normalizer.ts'

const spaces = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const leading = new RegExp(`^${spaces}+`)

/** Strip: removes white space at the beginning, the end or both. */
export function strip({ left, right }: { readonly left: boolean; readonly right: boolean }): Normalizer {
  return {
    normalize(text) {
      const stripped = left ? text.replace(leading, '') : text
      if (!right) return stripped
      let end = stripped.length
      while (end > 0 && leading.test(stripped[end - 1]!)) end--
      return stripped.slice(0, end)
    },
    mayChange: () => left || right,
    cutsBeforeSpace: !left,
    // Of a text that ends in spaces they go; then nothing follows that would look for one.
    keepsSpaces: true,
    removesBeginning: (text) => left && leading.test(text),
  }
}
