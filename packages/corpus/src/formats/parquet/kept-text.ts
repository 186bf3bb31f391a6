import type { ConvertedType, ParquetParsers, SchemaElement } from 'hyparquet'
import { textOfStored, type SecondDigits, type StoredNumber } from '../stored-number.ts'

/** A time in 96 bits has no zone. The parser is given the nanoseconds since 1970; nulls come along. */
export const instantParsers: Pick<ParquetParsers, 'timestampFromNanoseconds'> = {
  timestampFromNanoseconds: (nanos) =>
    typeof nanos === 'bigint'
      ? textOfStored(nanos, { kind: 'timestamp', digits: 9, isInstant: false })
      : null,
}

const digitsOf: Readonly<Record<string, SecondDigits>> = { MILLIS: 3, MICROS: 6, NANOS: 9 }

/** Types of before there were logical ones: their times are in UTC. */
const convertedTypes: Readonly<Partial<Record<ConvertedType, StoredNumber>>> = {
  DATE: { kind: 'date' },
  TIME_MILLIS: { kind: 'time', digits: 3 },
  TIME_MICROS: { kind: 'time', digits: 6 },
  TIMESTAMP_MILLIS: { kind: 'timestamp', digits: 3, isInstant: true },
  TIMESTAMP_MICROS: { kind: 'timestamp', digits: 6, isInstant: true },
}

/** What the whole numbers of a column stand for; `undefined` for a column of other values. */
export function storedNumberOf(element: SchemaElement): StoredNumber | undefined {
  const { logical_type: logical, scale } = element
  if (logical?.type === 'DECIMAL') return { kind: 'decimal', scale: logical.scale }
  if (logical?.type === 'DATE') return { kind: 'date' }
  if (logical?.type === 'TIME') return { kind: 'time', digits: digitsOf[logical.unit]! }
  if (logical?.type === 'TIMESTAMP')
    return { kind: 'timestamp', digits: digitsOf[logical.unit]!, isInstant: logical.isAdjustedToUTC }
  if (element.converted_type === 'DECIMAL') return { kind: 'decimal', scale: scale ?? 0 }
  return element.converted_type && convertedTypes[element.converted_type]
}

/**
 * A kept value as text, texts as bytes; what a table stores as a whole number as what it stands for.
 *
 * @param type of a value that is given as it is stored: a whole number, or its bytes, largest first
 */
export function keptText(value: unknown, type: StoredNumber | undefined): string | Uint8Array | null {
  if (value === null || value === undefined) return null
  if (type !== undefined) return textOfStored(wholeOf(value), type)
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
}

function wholeOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  return value.length === 0
    ? 0n
    : BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString('hex')}`))
}
