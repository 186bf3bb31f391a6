/** A seeded source of numbers from 0 to `below - 1` (xorshift). */
export function randomSource(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const fragments = [
  ' ',
  '  ',
  '▁',
  '▁▁',
  '▁▁▁▁',
  '\n',
  '\n\n',
  '\t',
  '\r\n',
  '\u00a0',
  '\u3000',
  '\u200b',
  '\ufeff',
  '\0',
  '.',
  '...',
  ',',
  '!',
  '--',
  '-----',
  "'s",
  '"',
  '«',
  '0',
  '1',
  '12',
  '2026',
  '٣',
  '½',
  'a',
  'e',
  'th',
  'ing',
  'tion',
  'The',
  'Z',
  'ß',
  'é',
  'e\u0301',
  'İ',
  'ſ',
  'Привет',
  'ж',
  '中',
  '文字',
  '的',
  'の',
  'カ',
  'ｶﾞ',
  '한국',
  'ᄒ',
  'ᅡ',
  'क्',
  'ש',
  'ไทย',
  '😀',
  '👍🏽',
  '👨\u200d👩\u200d👧',
  '\u{10ffff}',
  '\u{1f1e9}\u{1f1ea}',
  '<s>',
  '</s>',
  '<unk>',
  '<0x0A>',
  '<0xE4>',
  '##',
  '##s',
  '[UNK]',
  '<pad>',
  '\ufffd',
  '\u0301',
  '\u0f71',
]

/** A piece of random fragments, characters, parts of `text` and tokens. */
export function randomPiece(
  random: (below: number) => number,
  text: string,
  tokens: readonly string[],
): string {
  const parts: string[] = []
  for (let count = 1 + random(random(8) === 0 ? 40 : 8); count > 0; count--) {
    const kind = random(8)
    if (kind < 3) parts.push(fragments[random(fragments.length)]!)
    else if (kind < 5) parts.push(tokens[random(tokens.length)]!)
    else if (kind === 5) parts.push(randomCharacter(random))
    else parts.push(text.slice(...randomRange(random, text.length)))
  }
  return parts.join('').toWellFormed()
}

function randomRange(random: (below: number) => number, length: number): [number, number] {
  const start = random(length)
  return [start, start + random(30)]
}

function randomCharacter(random: (below: number) => number): string {
  const plane = random(4)
  const code = plane === 0 ? random(0x110000) : plane === 1 ? random(0x3000) : random(0x10000)
  return code >= 0xd800 && code < 0xe000 ? 'x' : String.fromCodePoint(code)
}

/** Runs of one character, of two in turn, and of random letters, each of `length`. */
export function longRuns(random: (below: number) => number, length: number): string[] {
  const letters = Array.from({ length }, () => String.fromCharCode(97 + random(26))).join('')
  const spaced = Array.from({ length }, () => '▁abe\n.'[random(6)]).join('')
  const ones = [
    'a',
    '▁',
    '\n',
    '-',
    '=',
    ' ',
    '中',
    '的',
    'é',
    '😀',
    '\u0301',
    '\0',
    '.',
    '0',
    'ab',
    'a▁',
    '▁a',
    '\n▁',
    'aab',
    '他的',
    '\t\n',
  ]
  return [letters, spaced, ...ones.map((one) => one.repeat(Math.ceil(length / one.length)))]
}
