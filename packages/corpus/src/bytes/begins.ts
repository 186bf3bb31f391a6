/** Returns whether `bytes` have `magic` at offset `at`; each character of `magic` stands for the byte of its code. */
export function begins(bytes: Uint8Array, magic: string, at: number = 0): boolean {
  if (bytes.length < at + magic.length) return false
  for (let k = 0; k < magic.length; k++) if (bytes[at + k] !== magic.charCodeAt(k)) return false
  return true
}
