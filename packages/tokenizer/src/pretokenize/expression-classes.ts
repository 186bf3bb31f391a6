import { expressionClassRuns } from '../unicode/expression-class-runs.ts'

type ClassName = keyof typeof expressionClassRuns

/** What names of classes stand for: the reference's tables under them. */
const members: Readonly<Record<string, readonly ClassName[]>> = {
  L: ['Lu', 'Ll', 'Lt', 'Lm', 'Lo'],
  LC: ['Lu', 'Ll', 'Lt'],
  M: ['Mn', 'Mc', 'Me'],
  N: ['Nd', 'Nl', 'No'],
  P: ['Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po'],
  S: ['Sm', 'Sc', 'Sk', 'So'],
  Z: ['Zs', 'Zl', 'Zp'],
  C: ['Cc', 'Cf', 'Co', 'Cn'],
  Letter: ['Lu', 'Ll', 'Lt', 'Lm', 'Lo'],
  Mark: ['Mn', 'Mc', 'Me'],
  Number: ['Nd', 'Nl', 'No'],
  Punctuation: ['Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po'],
  Symbol: ['Sm', 'Sc', 'Sk', 'So'],
  Separator: ['Zs', 'Zl', 'Zp'],
  Other: ['Cc', 'Cf', 'Co', 'Cn'],
  digit: ['Nd'],
  alnum: ['alpha', 'Nd'],
  alphabetic: ['alpha'],
  uppercase: ['upper'],
  lowercase: ['lower'],
  whitespace: ['space'],
}

const byPlainName = new Map<string, readonly ClassName[]>()
for (const name of Object.keys(expressionClassRuns) as ClassName[]) byPlainName.set(plain(name), [name])
for (const [name, classes] of Object.entries(members)) byPlainName.set(plain(name), classes)

/** Names of classes are compared without case, spaces, hyphens and underscores. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/**
 * The ranges of a class (a general category, a script, a POSIX class, `word`, `space`) as the inside of a set of an expression, at the
 * reference's Unicode version; undefined for a class that there is no table of.
 */
export function rangesOfClass(name: string): string | undefined {
  if (!byPlainName.has(plain(name))) return undefined
  let ranges = ''
  for (const [start, end] of codePointsOfClass(name))
    ranges += `\\x{${start.toString(16)}}-\\x{${(end - 1).toString(16)}}`
  return ranges
}

/** The ranges of a class that there is a table of: from, and up to but not with. */
export function* codePointsOfClass(name: string): Generator<readonly [start: number, end: number]> {
  for (const row of byPlainName.get(plain(name)) ?? []) {
    let at = 0
    const numbers = expressionClassRuns[row].split(' ').map((number) => parseInt(number, 36))
    for (let i = 0; i < numbers.length; i += 2) {
      const start = at + numbers[i]!
      at = start + numbers[i + 1]!
      yield [codePoint(start), codePoint(at - 1) + 1]
    }
  }
}

function codePoint(place: number): number {
  return place < 0xd800 ? place : place + 0x800
}
