import { refuse } from '../load/json-shape.ts'
import { rangesOfClass } from './expression-classes.ts'

/** Escapes that stand for a class, by their letter. */
const classOfEscape: Readonly<Record<string, string>> = { s: 'space', d: 'digit', w: 'word' }

/** One step: a property, a POSIX class, a code point or any other escape, or a single character. */
const step = /\\([pP])\{(\^?)([^}]*)\}|\[:(\^?)(\w+):\]|\\x\{[^}]*\}|\\[\s\S]|[\s\S]/gu

/**
 * An Oniguruma expression with every class written out as the ranges it has in the reference, so that what is found does not depend on the
 * runtime's version of Unicode.
 *
 * @throws TokenizerError `unsupported-component` for a class without a table
 */
export function pinClasses(expression: string): string {
  let pinned = ''
  let depth = 0
  for (const [found, property, negation, name, posixNegation, posix] of expression.matchAll(step)) {
    if (property !== undefined) {
      pinned += written(name!, (property === 'P') !== (negation === '^'), depth > 0)
    } else if (posix !== undefined) {
      pinned += written(posix, posixNegation === '^', depth > 0)
    } else if (found.startsWith('\\') && found.length === 2) {
      pinned += escaped(found, depth > 0)
    } else {
      if (found === '[') depth++
      if (found === ']' && depth > 0) depth--
      pinned += found
    }
  }
  return pinned
}

function escaped(escape: string, isInSet: boolean): string {
  const letter = escape[1]!
  const name = classOfEscape[letter.toLowerCase()]
  if (name !== undefined) return written(name, letter !== letter.toLowerCase(), isInSet)
  if (!isInSet && (letter === 'b' || letter === 'B')) {
    const word = `[${rangesOfClass('word')}]`
    const [same, other] = letter === 'b' ? ['?!', '?='] : ['?=', '?!']
    return `(?:(?<=${word})(${same}${word})|(?<!${word})(${other}${word}))`
  }
  if (letter === 'X' || letter === 'R') refuse(`the expression \`${escape}\``)
  return escape
}

function written(name: string, isNegated: boolean, isInSet: boolean): string {
  const ranges = rangesOfClass(name) ?? refuse(`the class \`${name}\` of an expression`)
  if (isNegated) return `[^${ranges}]`
  return isInSet ? ranges : `[${ranges}]`
}
