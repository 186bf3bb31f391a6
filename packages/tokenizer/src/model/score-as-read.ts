/**
 * The double that the `tokenizers` library reads where a correct reader reads `value`. Its JSON reader takes the digits for an integer,
 * rounds that to a double and divides by a power of ten, which rounds again; where there are 16 digits or more the result
 * can be the neighbour of the nearest double. The sums of scores, and with them ties, depend on it.
 *
 * @param value a number of a JSON file that holds the shortest digits that give it, as the library and Python write them
 */
export function scoreAsRead(value: number): number {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(Math.abs(value))) ?? []
  const padded = (whole + fraction).replace(/^0+(?=\d)/, '')
  const digits = padded.replace(/0+$/, '')
  if (digits === '') return value
  let read = Number(BigInt(digits))
  let power = Number(exponent) - fraction.length + padded.length - digits.length
  for (; power < -largestPower; power += largestPower) read /= Number(`1e${largestPower}`)
  read = power < 0 ? read / Number(`1e${-power}`) : read * Number(`1e${power}`)
  return value < 0 ? -read : read
}

const largestPower = 308
