import type { ParquetParsers, SchemaElement } from 'hyparquet'

/** Instants in ISO form with all digits that they are stored with: a `Date` holds milliseconds. */
export const instantParsers: Pick<ParquetParsers, 'timestampFromMicroseconds' | 'timestampFromNanoseconds'> =
  {
    timestampFromMicroseconds: (micros) => instant(micros, 6),
    timestampFromNanoseconds: (nanos) => instant(nanos, 9),
  }

/** @param count units of 10^-digits seconds since 1970 */
function instant(count: bigint, digits: 6 | 9): string | null {
  // Nulls come along.
  if (typeof count !== 'bigint') return null
  const perMilli = 10n ** BigInt(digits - 3)
  const rest = ((count % perMilli) + perMilli) % perMilli
  const date = new Date(Number((count - rest) / perMilli))
  if (Number.isNaN(date.getTime())) return null
  return date.toISOString().replace('Z', `${String(rest).padStart(digits - 3, '0')}Z`)
}

/** Digits after the point of a decimal; `undefined` for other types. */
export function decimalScale({
  converted_type: converted,
  logical_type: logical,
  scale,
}: SchemaElement): number | undefined {
  if (logical?.type === 'DECIMAL') return logical.scale
  return converted === 'DECIMAL' ? (scale ?? 0) : undefined
}

/**
 * A kept value as text, texts as bytes: dates in ISO form, decimals with all their digits, lists and objects as JSON.
 *
 * @param scale of a decimal, whose value is given as it is stored: a whole number, or its bytes, largest first
 */
export function keptText(value: unknown, scale: number | undefined): string | Uint8Array | null {
  if (value === null || value === undefined) return null
  if (scale !== undefined)
    return decimal(value instanceof Uint8Array ? wholeOf(value) : BigInt(value as number), scale)
  if (value instanceof Uint8Array) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
}

function wholeOf(bytes: Uint8Array): bigint {
  return bytes.length === 0
    ? 0n
    : BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

function decimal(whole: bigint, scale: number): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0')
  const point = digits.length - scale
  const sign = whole < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}
