import type { EncodeOptions } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { SpecialTokenFinder } from './special-token-finder.ts'

/** {@link EncodeOptions} made ready: what to cut out, and what must not be there. Undefined where there is nothing. */
export interface SpecialRules {
  readonly allowed: SpecialTokenFinder | undefined
  readonly disallowed: SpecialTokenFinder | undefined
}

/** Turns options into rules for one encoding's special tokens, as tiktoken's `encode` does. */
export class SpecialRulesResolver {
  readonly #tokens: ReadonlyMap<string, number>
  readonly #all: SpecialTokenFinder
  readonly #byDefault: SpecialRules

  constructor(tokens: ReadonlyMap<string, number>) {
    this.#tokens = tokens
    this.#all = new SpecialTokenFinder(tokens)
    this.#byDefault = { allowed: undefined, disallowed: this.#all }
  }

  resolve({ allowedSpecial = [], disallowedSpecial = 'all' }: EncodeOptions): SpecialRules {
    const allowed = this.finderOfAllowed(allowedSpecial)
    if (disallowedSpecial !== 'all') {
      const texts = textsOf(disallowedSpecial, 'disallowedSpecial')
      return {
        allowed,
        disallowed: texts.length === 0 ? undefined : new SpecialTokenFinder(texts.map((text) => [text, -1])),
      }
    }
    if (allowed === undefined) return this.#byDefault
    if (allowed === this.#all) return { allowed, disallowed: undefined }
    const isAllowed = new Set(allowedSpecial)
    const rest = [...this.#tokens].filter(([text]) => !isAllowed.has(text))
    return { allowed, disallowed: rest.length === 0 ? undefined : new SpecialTokenFinder(rest) }
  }

  /** What `allowedSpecial` cuts out; names that are no special token of the encoding have no effect. */
  finderOfAllowed(allowedSpecial: 'all' | Iterable<string>): SpecialTokenFinder | undefined {
    if (allowedSpecial === 'all') return this.#all
    const allowed: [string, number][] = []
    for (const text of textsOf(allowedSpecial, 'allowedSpecial')) {
      const id = this.#tokens.get(text)
      if (id !== undefined) allowed.push([text, id])
    }
    return allowed.length === 0 ? undefined : new SpecialTokenFinder(allowed)
  }
}

function textsOf(texts: Iterable<string>, option: string): string[] {
  if (typeof texts === 'string') {
    throw new TypeError(
      `Expected \`${option}\` to be 'all' or a list of special tokens, got the string \`${texts}\``,
    )
  }
  return [...texts]
}

/** Throws `disallowed-special-token` when the text holds a disallowed special token. */
export function refuseDisallowed(rules: SpecialRules, bytes: Uint8Array): void {
  const match = rules.disallowed?.find(bytes, 0, bytes.length)
  if (match === undefined) return
  throw new TokenizerError(
    'disallowed-special-token',
    `Expected no disallowed special token in the text, got \`${match.text}\` at byte ${match.start}: ` +
      'pass it in `allowedSpecial` to encode it as a special token, or `disallowedSpecial: []` to encode it as ordinary text',
  )
}
