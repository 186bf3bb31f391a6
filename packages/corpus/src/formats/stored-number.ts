/** Whole numbers that a table stores for something else, and what they stand for. */
export type StoredNumber =
  /** The number times 10^-scale. */
  | { readonly kind: 'decimal'; readonly scale: number }
  /** Days since 1970, or `perDay` units of them. */
  | { readonly kind: 'date'; readonly perDay?: number }
  /** Units of 10^-digits seconds since midnight. */
  | { readonly kind: 'time'; readonly digits: SecondDigits }
  /** Units of 10^-digits seconds since 1970; in UTC where `isInstant`, else on a clock that nobody names. */
  | { readonly kind: 'timestamp'; readonly digits: SecondDigits; readonly isInstant: boolean }
  /** Units of a stretch of time, given as they are counted. */
  | { readonly kind: 'duration' }

/** Digits after the point of seconds that a unit of time has. */
export type SecondDigits = 0 | 3 | 6 | 9

const secondsPerDay = 86_400n

/**
 * What a stored number stands for, with all of its digits: decimals with those of their scale, dates and times in ISO form with
 * those of their unit (`2026-11-26`, `01:02:03.123`, `2026-11-26T01:02:03.123456Z`).
 *
 * @throws Error for a time that no day has
 */
export function textOfStored(stored: bigint, type: StoredNumber): string {
  switch (type.kind) {
    case 'decimal':
      return decimalText(stored, type.scale)
    case 'date':
      return dateText(floorDiv(stored, BigInt(type.perDay ?? 1)))
    case 'time':
      return timeText(stored, type.digits)
    case 'timestamp': {
      const perDay = secondsPerDay * unitsPerSecond(type.digits)
      const days = floorDiv(stored, perDay)
      const time = timeText(stored - days * perDay, type.digits)
      return `${dateText(days)}T${time}${type.isInstant ? 'Z' : ''}`
    }
    case 'duration':
      return String(stored)
  }
}

function unitsPerSecond(digits: SecondDigits): bigint {
  return 10n ** BigInt(digits)
}

function decimalText(whole: bigint, scale: number): string {
  const sign = whole < 0n ? '-' : ''
  const digits = String(whole < 0n ? -whole : whole)
  if (scale <= 0) return sign + (whole === 0n ? '0' : digits + '0'.repeat(-scale))
  const padded = digits.padStart(scale + 1, '0')
  const point = padded.length - scale
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`
}

function timeText(units: bigint, digits: SecondDigits): string {
  const perSecond = unitsPerSecond(digits)
  if (units < 0n || units >= secondsPerDay * perSecond) throw new Error('a time outside of its day')
  const seconds = Number(units / perSecond)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const fraction = digits === 0 ? '' : `.${String(units % perSecond).padStart(digits, '0')}`
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`
}

/** Days of 400 years, after which the calendar repeats itself. */
const daysPerEra = 146_097n

/** A day of the Gregorian calendar, of any year: with four digits or more, and a sign before the year 0, as pyarrow writes it. */
function dateText(days: bigint): string {
  // Moved by whole eras to where a `Date` has it, and back in its year.
  const eras = floorDiv(days, daysPerEra)
  const date = new Date(Number(days - eras * daysPerEra) * 86_400_000)
  const year = BigInt(date.getUTCFullYear()) + 400n * eras
  const monthAndDay = date.toISOString().slice(-20, -14)
  return (year < 0n ? '-' : '') + String(year < 0n ? -year : year).padStart(4, '0') + monthAndDay
}

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}
