/** 1 for each code point below U+3001 that is white space in Unicode; there is none above. */
export const whiteSpaceTable = new Uint8Array(0x3001)
for (const [first, last] of [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
] as const) {
  whiteSpaceTable.fill(1, first, last + 1)
}
