import type { EncodeOptions } from '../encoding.ts'
import { TokenizerError } from '../errors.ts'
import { type SpecialToken, SpecialTokenFinder } from './special-token-finder.ts'

/** A special token and when it is looked for: every token of phase 0 is found before any of phase 1. */
export interface PhasedToken extends SpecialToken {
  readonly phase?: 0 | 1
}

/** What is looked for in the text, one finder a phase, in order; empty where nothing is. */
export type SpecialFinders = readonly SpecialTokenFinder[]

/** {@link EncodeOptions} made ready. */
export interface SpecialRules {
  readonly allowed: SpecialFinders
  readonly disallowed: SpecialFinders
}

/** The options that stand for those a caller leaves out. */
export type SpecialDefaults = Required<Pick<EncodeOptions, 'allowedSpecial' | 'disallowedSpecial'>>

const none: SpecialFinders = []

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

  /** What `allowedSpecial` cuts out; names that are no special token of the encoding have no effect. */
  findersOfAllowed(allowedSpecial: 'all' | Iterable<string> = none as readonly never[]): SpecialFinders {
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
  const phases: PhasedToken[][] = [[], []]
  for (const token of tokens) phases[token.phase ?? 0]!.push(token)
  return phases.filter((phase) => phase.length > 0).map((phase) => new SpecialTokenFinder(phase))
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
  for (const finder of rules.disallowed) {
    const match = finder.find(bytes, 0, bytes.length)
    if (match === undefined) continue
    throw new TokenizerError(
      'disallowed-special-token',
      `Expected no disallowed special token in the text, got \`${match.token.text}\` at byte ${match.start}: ` +
        'pass it in `allowedSpecial` to encode it as a special token, or `disallowedSpecial: []` to encode it as ordinary text',
    )
  }
}

/**
 * Encode the text between special tokens with `encodeText`, and write the tokens' ids between; `encodeText` writes
 * from `at` on and returns where it ends, or -1 to give up.
 */
export function encodeBetween(
  finders: SpecialFinders,
  bytes: Uint8Array,
  target: Uint32Array,
  encodeText: (start: number, end: number, at: number) => number,
): number {
  const encodePhase = (phase: number, start: number, end: number, at: number): number => {
    const finder = finders[phase]
    if (finder === undefined) return start < end ? encodeText(start, end, at) : at
    for (let from = start; from < end;) {
      const match = finder.find(bytes, from, end)
      at = encodePhase(phase + 1, from, match?.start ?? end, at)
      if (at < 0 || match === undefined) return at
      target[at++] = match.token.id
      from = match.end
    }
    return at
  }
  return encodePhase(0, 0, bytes.length, 0)
}
