/** Where a text stops being JSON. */
export interface JsonFault {
  /** Place in UTF-16 units. */
  readonly at: number
  readonly expected: string
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or ]' | ', or }' | 'end'

const space = /[ \t\r\n]*/y
const word =
  /[[\]{}:,]|"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy
const wanted: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or ]': 'a value or `]`',
  name: 'a name in quotes',
  'name or }': 'a name in quotes or `}`',
  ':': '`:`',
  ', or ]': '`,` or `]`',
  ', or }': '`,` or `}`',
  end: 'the end of the file',
}

/** Finds where a text stops being JSON: the engine's own messages name the place only at times. Undefined for a text that is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = []
  const after = (): Expected => {
    const inside = open.at(-1)
    return inside === undefined ? 'end' : inside === '{' ? ', or }' : ', or ]'
  }
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    space.lastIndex = at
    space.test(text)
    at = space.lastIndex
    if (at === text.length) return expected === 'end' ? undefined : { at, expected: wanted[expected] }
    word.lastIndex = at
    const found = word.exec(text)?.[0] ?? ''
    const next = nextOf(found)
    if (next === undefined) return { at, expected: wanted[expected] }
    expected = next
    at += found.length
  }

  /** What is expected behind a word that is as expected; undefined where it is not. */
  function nextOf(found: string): Expected | undefined {
    const takesValue = expected === 'value' || expected === 'value or ]'
    const takesName = expected === 'name' || expected === 'name or }'
    switch (found) {
      case '':
        return undefined
      case '{':
      case '[':
        if (!takesValue) return undefined
        open.push(found)
        return found === '{' ? 'name or }' : 'value or ]'
      case '}':
        if (expected !== ', or }' && expected !== 'name or }') return undefined
        open.pop()
        return after()
      case ']':
        if (expected !== ', or ]' && expected !== 'value or ]') return undefined
        open.pop()
        return after()
      case ':':
        return expected === ':' ? 'value' : undefined
      case ',':
        if (expected === ', or }') return 'name'
        return expected === ', or ]' ? 'value' : undefined
      default:
        if (takesName) return found.startsWith('"') ? ':' : undefined
        return takesValue ? after() : undefined
    }
  }
}
