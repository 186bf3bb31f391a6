import { readFileSync } from 'node:fs'

/** At most the first `limit` bytes of a file, cut at a line so that they are whole characters. */
export function readBeginning(path: string, limit: number): Uint8Array {
  const bytes = new Uint8Array(readFileSync(path))
  return bytes.length <= limit ? bytes : bytes.slice(0, bytes.lastIndexOf(0x0a, limit) + 1)
}
