import { anyScript, scriptTable } from '../unicode/scripts.ts'
import { charLength, codePointAt } from './code-point.ts'
import type { PreTokenizerStep } from './pieces.ts'
import { splitStep } from './split.ts'

/**
 * UnicodeScripts: cuts where the script changes. Characters of any script, the space among them, stay with those before; the ones that
 * begin a piece are dropped, as in the reference.
 */
export function unicodeScripts(): PreTokenizerStep {
  const scripts = scriptTable()
  return splitStep(
    {
      beforeSpace: 'unknown',
      findMatches(bytes, start, end, emit) {
        let last: number = anyScript
        let from = end
        for (let at = start; at < end; at += charLength(bytes[at]!)) {
          const script = scripts[codePointAt(bytes, at)]!
          if (script === anyScript || script === last) continue
          if (from < at) emit(from, at)
          from = at
          last = script
        }
        if (from < end) emit(from, end)
      },
    },
    'Removed',
    true,
  )
}
