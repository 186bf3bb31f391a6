import { refuse } from '../load/json-shape.ts'
import { charLength } from './code-point.ts'
import { limitOf } from './expression-limit.ts'
import { pinClasses } from './pin-classes.ts'
import type { TextPattern } from './text-pattern.ts'

/** Expressions of published tokenizers, each looked at by hand: a space begins a match or stands among white space, nothing looks further. */
const expressionsEndingBeforeSpace: ReadonlySet<string> = new Set([
  String.raw`[0-9][0-9][0-9]`,
  // BLOOM
  String.raw` ?[^(\s|[.,!?…。，、।۔،])]+`,
])

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The pattern of an Oniguruma expression, translated to one of JavaScript. The translator is loaded when the first such pattern is.
 *
 * @throws TokenizerError `unsupported-component` for an expression that cannot be translated exactly
 */
export async function regexPattern(expression: string): Promise<TextPattern> {
  const { toRegExp } = await import('oniguruma-to-es')
  const pinned = pinClasses(expression)
  let compiled: RegExp
  try {
    compiled = toRegExp(pinned, { global: true, accuracy: 'strict' })
  } catch (cause) {
    refuse(`the expression \`${expression}\`, which has no equal in JavaScript (${String(cause)})`)
  }
  const runLimited = limitOf(compiled.source, expression)
  return {
    runLimited,
    replace(text, content) {
      let replaced = ''
      let copied = 0
      runLimited(text.length, () =>
        forEachMatch(compiled, text, (start, matchEnd) => {
          replaced += text.slice(copied, start) + content
          copied = matchEnd
        }),
      )
      return replaced + text.slice(copied)
    },
    findMatches(bytes, start, end, emit) {
      const text = utf8.decode(bytes.subarray(start, end))
      let unit = 0
      let byte = start
      /** The byte at a place in the string, which only ever increases. */
      const byteAt = (place: number): number => {
        while (unit < place) {
          const length = charLength(bytes[byte]!)
          byte += length
          unit += length === 4 ? 2 : 1
        }
        return byte
      }
      runLimited(end - start, () =>
        forEachMatch(compiled, text, (from, to) => emit(byteAt(from), byteAt(to))),
      )
    },
    mayMatch: () => true,
    endsBeforeSpace: expressionsEndingBeforeSpace.has(expression),
  }
}

/** Calls `emit` for every match. As in the reference, one that is empty does not follow another one directly, and in no text is none. */
function forEachMatch(compiled: RegExp, text: string, emit: (start: number, end: number) => void): void {
  if (text === '') return
  let last = -1
  compiled.lastIndex = 0
  for (let match = compiled.exec(text); match !== null; match = compiled.exec(text)) {
    const start = match.index
    const end = start + match[0].length
    if (end > start || start !== last) emit(start, end)
    last = end
    if (end === start) compiled.lastIndex += (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1
  }
}
