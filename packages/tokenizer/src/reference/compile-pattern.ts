import { CharClass, classRunsInOrder } from '../unicode/classes.ts'

const classesOf: Readonly<Record<string, readonly CharClass[]>> = {
  '\\p{L}': [CharClass.upper, CharClass.lower, CharClass.caseless],
  '\\p{N}': [CharClass.number],
  '\\p{M}': [CharClass.mark],
  '\\p{Ll}': [CharClass.lower],
  // The patterns name Lu with Lt and Lm with Lo, always together, so one of each pair carries the class.
  '\\p{Lu}': [CharClass.upper],
  '\\p{Lt}': [],
  '\\p{Lm}': [CharClass.caseless],
  '\\p{Lo}': [],
  '\\s': [CharClass.space, CharClass.newline],
}

/**
 * Compile a pre-tokenizer pattern, written as the model's authors publish it, to a JavaScript expression over the
 * pinned Unicode 16 classes. Slow; kept to test the scanners against.
 */
export function compilePattern(pattern: string): RegExp {
  let source = ''
  let insideSet = false
  // One step: a class escape, another escape, a case-insensitive group, or a single character.
  for (const [step] of pattern.matchAll(/\\p\{\w+\}|\\.|\(\?i:[^)]*\)|./gsu)) {
    if (step === '[') insideSet = true
    if (step === ']') insideSet = false
    const classes = classesOf[step]
    if (classes !== undefined) source += insideSet ? ranges(classes) : `[${ranges(classes)}]`
    else if (step === '\\S') source += `[^${ranges(classesOf['\\s']!)}]`
    else if (step.startsWith('(?i:')) source += `(?:${foldCase(step.slice(4, -1))})`
    else source += step
  }
  return new RegExp(source, 'gu')
}

/** Every ASCII letter in both cases; U+017F folds to s, as in the references (U+212A, the k, is in no pattern). */
function foldCase(source: string): string {
  return source.replaceAll(/\[[a-z]+\]|[a-z]/g, (found) => {
    const letters = found.startsWith('[') ? found.slice(1, -1) : found
    const folded = letters + letters.toUpperCase() + (letters.includes('s') ? '\u017f' : '')
    return `[${folded}]`
  })
}

function ranges(classes: readonly CharClass[]): string {
  let text = ''
  for (const { start, end, charClass } of classRunsInOrder()) {
    if (!classes.includes(charClass)) continue
    text += `\\u{${start.toString(16)}}-\\u{${(end - 1).toString(16)}}`
  }
  return text
}
