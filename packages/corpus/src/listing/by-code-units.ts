/** Orders strings by their UTF-16 code units, which is the same on every machine. */
export function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
