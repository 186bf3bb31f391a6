import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type EncodingName, getEncoding } from '../src/index.ts'

interface SpecialCase {
  readonly text: string
  readonly allowed: readonly string[]
  readonly ids: readonly number[]
  readonly all: readonly number[]
  readonly refused: boolean
}
/** What `packages/tokenizer/tools/make_tiktoken_fixtures.py` writes. */
interface Fixture {
  readonly reference: string
  readonly encoding: EncodingName
  readonly texts: readonly (readonly [string, readonly number[]])[]
  readonly specials: readonly SpecialCase[]
  readonly invalid: readonly (readonly [base64: string, ids: readonly number[]])[]
  readonly matrix: Readonly<Record<string, string>>
  readonly scalars?: Readonly<Record<string, readonly string[]>>
  readonly long?: Readonly<Record<string, string | null>>
}

const folder = new URL('fixtures/tiktoken/', import.meta.url)

function digest(ids: Uint32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest('hex')
    .slice(0, 16)
}

const contexts: Readonly<Record<string, (char: string) => string>> = {
  alone: (char) => `${char}\n`,
  afterSpace: (char) => ` ${char}`,
  betweenLetters: (char) => `a${char}B `,
  afterMark: (char) => `!${char}\n `,
  doubled: (char) => `${char}${char}1'${char}`,
}
const textsOfContext = new Map<string, readonly Uint8Array[]>()

/** A text for every 4096 code points, made once. */
function scalarTexts(context: string): readonly Uint8Array[] {
  let texts = textsOfContext.get(context)
  if (texts === undefined) {
    texts = Array.from({ length: 0x110000 / 4096 }, (_, block) => {
      let text = ''
      for (let code = block * 4096; code < (block + 1) * 4096; code++) {
        if (code < 0xd800 || code > 0xdfff) text += contexts[context]!(String.fromCodePoint(code))
      }
      return new TextEncoder().encode(text)
    })
    textsOfContext.set(context, texts)
  }
  return texts
}

const spaces = [
  ' ',
  '  ',
  '   ',
  '\t',
  ' \t',
  '\n',
  '\n\n',
  ' \n',
  '\n ',
  ' \n ',
  '\r\n',
  '\r',
  '\r\n\r\n ',
  '\v',
  '\f',
].concat([
  '\u0085',
  '\u00a0',
  ' \u00a0',
  '\u3000',
  '\u3000\u3000',
  '\u2028',
  '\u200b',
  '\n\u00a0',
  '\u00a0\n',
])
const after = [
  '',
  'b',
  'B',
  'ß',
  'の',
  '2',
  '?',
  "'s",
  "'S",
  "'ſ",
  "'LL",
  '//',
  '\u0301',
  ';\n//',
  '\ufeff',
  '👍🏽',
]

function letters(count: number, seed: number): string {
  let text = ''
  for (let i = 0; i < count; i++) {
    seed = Number((BigInt(seed) * 1103515245n + 12345n) % 2147483648n)
    text += String.fromCharCode(97 + ((seed >> 16) % 26))
  }
  return text
}
const longTexts: Readonly<Record<string, () => string>> = {
  letter: () => 'a'.repeat(1_000_000),
  digits: () => '0'.repeat(1_000_000),
  newlines: () => '\n'.repeat(1_000_000),
  marks: () => '^'.repeat(1_000_000),
  emoji: () => '😀'.repeat(250_000),
  chinese: () => '中文字'.repeat(110_000),
  randomLetters: () => letters(1_000_000, 1),
  randomCapitals: () => letters(300_000, 2).toUpperCase(),
  base64: () => Buffer.from(letters(750_000, 3)).toString('base64'),
  spaces: () => ' '.repeat(1_000_000),
  spacesThenLetter: () => `${' '.repeat(100_000)}x`,
}

const implementations = ['wasm', 'typescript'] as const
const cases = readdirSync(folder).flatMap((file) =>
  implementations.map((implementation) => ({ file, implementation })),
)

describe.each(cases)('$file, $implementation', async ({ file, implementation }) => {
  const fixture = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as Fixture
  const encoding = await getEncoding(fixture.encoding, { implementation })

  test('texts in many languages, code and mixtures have the ids of tiktoken', () => {
    for (const [text, ids] of fixture.texts) expect([...encoding.encode(text)]).toEqual(ids)
  })

  test('special tokens have the ids of tiktoken, allowed and not', () => {
    for (const { text, allowed, ids, all, refused } of fixture.specials) {
      expect([...encoding.encode(text, { allowedSpecial: allowed, disallowedSpecial: [] })]).toEqual(ids)
      expect([...encoding.encode(text, { allowedSpecial: 'all' })]).toEqual(all)
      const withRest = (): Uint32Array => encoding.encode(text, { allowedSpecial: allowed })
      expect(isRefused(withRest)).toBe(refused)
    }
  })

  test('bytes that are not UTF-8 have the ids of tiktoken', () => {
    for (const [base64, ids] of fixture.invalid) {
      expect([...encoding.encode(new Uint8Array(Buffer.from(base64, 'base64')))]).toEqual(ids)
    }
  })

  test('every white space between any two neighbours has the ids of tiktoken', () => {
    for (const [before, expected] of Object.entries(fixture.matrix)) {
      const ids = spaces.flatMap((space) =>
        after.flatMap((next) => [...encoding.encode(before + space + next)]),
      )
      expect(digest(Uint32Array.from(ids))).toBe(expected)
    }
  })

  test.each(Object.entries(fixture.scalars ?? {}))('every Unicode scalar value, %s', (context, blocks) => {
    const texts = scalarTexts(context)
    const wrong = blocks.flatMap((expected, block) =>
      digest(encoding.encodeOrdinary(texts[block]!)) === expected ? [] : (block * 4096).toString(16),
    )
    expect(wrong).toEqual([])
  })

  // null where tiktoken itself fails; test/linear.test.ts has those.
  const long = Object.entries(fixture.long ?? {}).filter(([, expected]) => expected !== null)
  test.each(long)('long runs have the ids of tiktoken: %s', (name, expected) => {
    expect(digest(encoding.encodeOrdinary(longTexts[name]!()))).toBe(expected)
  })
})

function isRefused(run: () => unknown): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}
