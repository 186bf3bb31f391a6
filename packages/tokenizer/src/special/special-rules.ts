import type { EncodeOptions } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { type SpecialToken, SpecialTokenFinder } from './special-token-finder.ts'

/** A special token and where it is looked for. */
export interface PhasedToken extends SpecialToken {
  /** Looked for in normalized text, between those that are looked for in the text as it is. */
  readonly isNormalized?: boolean
  /** A part of the vocabulary that a tokenizer.json lists with `special: false`. */
  readonly isOrdinary?: boolean
  /** What is looked for: its text, unless the normalizer changes that. */
  readonly pattern?: string
}

/** What is looked for; a finder is absent where nothing is. */
export interface SpecialFinders {
  /** In the text as it is. */
  readonly raw?: SpecialTokenFinder
  /** In the normalized text between those. */
  readonly normalized?: SpecialTokenFinder
}

/** {@link EncodeOptions} made ready. */
export interface SpecialRules {
  readonly allowed: SpecialFinders
  readonly disallowed: SpecialFinders
}

/** The options that stand for those a caller leaves out. */
export type SpecialDefaults = Required<Pick<EncodeOptions, 'allowedSpecial' | 'disallowedSpecial'>>

const none: SpecialFinders = {}

/** Turns options into rules for one encoding's special tokens, as tiktoken's `encode` does. */
export class SpecialRulesResolver {
  readonly #tokens: ReadonlyMap<string, PhasedToken>
  readonly #all: SpecialFinders
  readonly #defaults: SpecialDefaults
  readonly #byDefault: SpecialRules
  /** Those of the last call: texts are often many and short, and their rules the same. */
  #last: { readonly texts: readonly string[]; readonly finders: SpecialFinders } = {
    texts: [],
    finders: none,
  }

  constructor(tokens: Iterable<PhasedToken>, defaults: SpecialDefaults) {
    this.#tokens = new Map(Array.from(tokens, (token) => [token.text, token]))
    this.#all = findersOf(this.#tokens.values())
    this.#defaults = defaults
    this.#byDefault = this.#resolve(defaults)
  }

  resolve(options: EncodeOptions): SpecialRules {
    if (options.allowedSpecial === undefined && options.disallowedSpecial === undefined)
      return this.#byDefault
    return this.#resolve({
      allowedSpecial: options.allowedSpecial ?? this.#defaults.allowedSpecial,
      disallowedSpecial: options.disallowedSpecial ?? this.#defaults.disallowedSpecial,
    })
  }

  /** What `allowedSpecial` cuts out, the encoding's default where it is left out; other names have no effect. */
  findersOfAllowed(allowedSpecial: 'all' | Iterable<string> = this.#defaults.allowedSpecial): SpecialFinders {
    if (allowedSpecial === 'all') return this.#all
    const texts = textsOf(allowedSpecial, 'allowedSpecial')
    const last = this.#last
    if (texts.length === last.texts.length && texts.every((text, index) => text === last.texts[index]))
      return last.finders
    const finders = findersOf(texts.flatMap((text) => this.#tokens.get(text) ?? []))
    this.#last = { texts, finders }
    return finders
  }

  #resolve({ allowedSpecial, disallowedSpecial }: SpecialDefaults): SpecialRules {
    const texts =
      allowedSpecial === 'all' ? [...this.#tokens.keys()] : textsOf(allowedSpecial, 'allowedSpecial')
    const allowed = this.findersOfAllowed(allowedSpecial === 'all' ? 'all' : texts)
    if (disallowedSpecial !== 'all') {
      const strings = textsOf(disallowedSpecial, 'disallowedSpecial')
      return { allowed, disallowed: findersOf(strings.map((text) => ({ text, id: -1 }))) }
    }
    const isAllowed = new Set(texts)
    const rest = [...this.#tokens.values()].filter(({ text }) => !isAllowed.has(text))
    return { allowed, disallowed: findersOf(rest.map(({ text, id }) => ({ text, id }))) }
  }
}

function findersOf(tokens: Iterable<PhasedToken>): SpecialFinders {
  const raw: PhasedToken[] = []
  const normalized: PhasedToken[] = []
  for (const token of tokens) (token.isNormalized === true ? normalized : raw).push(token)
  return {
    ...(raw.length === 0 ? {} : { raw: new SpecialTokenFinder(raw) }),
    ...(normalized.length === 0 ? {} : { normalized: new SpecialTokenFinder(normalized) }),
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

/**
 * Refuses a text with a disallowed special token.
 *
 * @throws {TokenizerError} `disallowed-special-token` when the text holds one
 */
export function refuseDisallowed(rules: SpecialRules, bytes: Uint8Array): void {
  for (const finder of [rules.disallowed.raw, rules.disallowed.normalized]) {
    const match = finder?.find(bytes, 0, bytes.length)
    if (match === undefined) continue
    throw new TokenizerError(
      'disallowed-special-token',
      `Expected no disallowed special token in the text, got \`${match.token.text}\` at byte ${match.start}: ` +
        'pass it in `allowedSpecial` to encode it as a special token, or `disallowedSpecial: []` to encode it as ordinary text',
    )
  }
}
