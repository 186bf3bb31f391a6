import type { Normalizer } from '../normalize/normalizer.ts'
import { isNormalBefore } from '../normalize/is-normal-before.ts'
import type { TokenModel } from '../model/token-model.ts'
import type { ReadPreTokenizer } from './pre-tokenizer.ts'
import type { SpecialFinders } from '../special/special-rules.ts'

/** What decides where a text may be cut. */
export interface CutRuleParts {
  readonly normalizer: Normalizer | undefined
  readonly preTokenizer: ReadPreTokenizer
  readonly model: { readonly canCut: TokenModel['canCut'] }
}

type CutRule = (bytes: Uint8Array, offset: number, allowed: SpecialFinders) => boolean

/** How much of the text on either side is looked at, in bytes. */
const window = 64

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Where a text may be cut so that the ids of its parts, joined, are those of the whole.
 *
 * The known patterns may be cut wherever `findSafeCut` looks. Any other pre-tokenizer only before a space after a printable ASCII character:
 * each of its steps must say what it makes of that place (see {@link PreTokenizerStep.beforeSpace}), and either one of them cuts there or
 * the model allows it. A normalizer must work on both sides by itself, and leave both characters what they are, unless each step may be cut anywhere.
 */
export function cutRule({ normalizer, preTokenizer, model }: CutRuleParts): CutRule {
  const { direct, steps } = preTokenizer
  if (direct !== undefined && normalizer === undefined) {
    return (bytes, offset, { normalized }) =>
      (!direct.addPrefixSpace || bytes[offset] === 0x20) && normalized?.straddles(bytes, offset) !== true
  }
  const isNfc = normalizer?.isNfc === true
  if (direct !== undefined && isNfc) {
    return (bytes, offset, { normalized }) =>
      normalized === undefined && (!direct.addPrefixSpace || bytes[offset] === 0x20)
        ? isNormalBefore(bytes, offset)
        : isBeforeSpace(bytes, offset) && !straddlesChanged(bytes, offset, normalizer, normalized)
  }
  const border = steps.findIndex(({ beforeSpace }) => beforeSpace === 'border')
  const hasBorder = direct !== undefined || border >= 0
  // After the step that cuts there, each side is on its own.
  const isKnown = steps
    .slice(0, border < 0 ? steps.length : border)
    .every(({ beforeSpace }) => beforeSpace === 'split')
  // What a step promises of a space says nothing of what a normalizer makes of it.
  const cutsAnywhere = steps.every((step) => step.cutsAnywhere === true)
  const { canCut } = model
  if (
    !isKnown ||
    normalizer?.cutsBeforeSpace === false ||
    (!hasBorder && (canCut === undefined || !steps.every(({ keepsText }) => keepsText)))
  )
    return () => false
  return (bytes, offset, { normalized }) => {
    if (!isBeforeSpace(bytes, offset) || straddlesChanged(bytes, offset, normalizer, normalized)) return false
    const { text, place } = changedAround(bytes, offset, normalizer)
    if (hasBorder) return isBeforeSpace(text, place)
    return (cutsAnywhere || isBeforeSpace(text, place)) && canCut!(text, place)
  }
}

function isBeforeSpace(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0x20 && bytes[offset - 1]! > 0x20 && bytes[offset - 1]! < 0x7f
}

/** The normalized text around a place, each side by itself. */
function changedAround(
  bytes: Uint8Array,
  offset: number,
  normalizer: Normalizer | undefined,
): { text: Uint8Array; place: number } {
  let start = Math.max(0, offset - window)
  while (start < offset && (bytes[start]! & 0xc0) === 0x80) start++
  let end = Math.min(bytes.length, offset + window)
  while (end > offset && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  if (normalizer === undefined || !normalizer.mayChange(bytes, start, end))
    return { text: bytes.subarray(start, end), place: offset - start }
  const change = (from: number, to: number): string =>
    normalizer.normalize(decoder.decode(bytes.subarray(from, to)))
  const left = utf8.encode(change(start, offset))
  const right = utf8.encode(change(offset, end))
  const text = new Uint8Array(left.length + right.length)
  text.set(left)
  text.set(right, left.length)
  return { text, place: left.length }
}

/** Whether an added token that is looked for in normalized text may be on both sides. */
function straddlesChanged(
  bytes: Uint8Array,
  offset: number,
  normalizer: Normalizer | undefined,
  finder: SpecialFinders['normalized'],
): boolean {
  if (finder === undefined) return false
  if (normalizer === undefined) return finder.straddles(bytes, offset)
  // Of white space that a token takes there may be more than is looked at.
  if (finder.strips || finder.longest > window) return true
  const { text, place } = changedAround(bytes, offset, normalizer)
  return finder.straddles(text, place)
}
