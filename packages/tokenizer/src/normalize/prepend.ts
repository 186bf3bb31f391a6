import type { Normalizer } from './normalizer.ts'

/** Prepend: puts a text before every text that is not empty. */
export function prepend(prefix: string): Normalizer {
  return {
    normalize: (text) => (text === '' ? text : prefix + text),
    mayChange: () => prefix !== '',
    cutsBeforeSpace: prefix === '',
  }
}
