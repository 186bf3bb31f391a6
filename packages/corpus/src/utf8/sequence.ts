/**
 * One UTF-8 sequence, by the table of well-formed sequences (Unicode 3.9, table 3-7), as the WHATWG decoder and
 * Python's `bytes.decode('utf-8', 'replace')` read it: an ill-formed sequence is its maximal subpart.
 *
 * @returns n > 0: a well-formed sequence of n bytes; n < 0: an ill-formed maximal subpart of -n bytes;
 *   0: the bytes up to `end` begin a well-formed sequence and more are needed
 */
export function sequenceAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  let needed: number
  let lowest = 0x80
  let highest = 0xbf
  if (lead >= 0xc2 && lead <= 0xdf) needed = 1
  else if (lead >= 0xe0 && lead <= 0xef) {
    needed = 2
    if (lead === 0xe0) lowest = 0xa0
    if (lead === 0xed) highest = 0x9f
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    needed = 3
    if (lead === 0xf0) lowest = 0x90
    if (lead === 0xf4) highest = 0x8f
  } else return -1
  for (let k = 1; k <= needed; k++) {
    if (at + k >= end) return 0
    const byte = bytes[at + k]!
    if (byte < lowest || byte > highest) return -k
    lowest = 0x80
    highest = 0xbf
  }
  return needed + 1
}

/** How many of the last bytes (0 to 3) begin a sequence that could still become well-formed. */
export function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const at = bytes.length - back
    if ((bytes[at]! & 0xc0) === 0x80) continue
    return sequenceAt(bytes, at, bytes.length) === 0 ? back : 0
  }
  return 0
}
