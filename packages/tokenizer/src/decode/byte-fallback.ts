import type { DecodeStep } from './decode-step.ts'

const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** ByteFallback: neighbouring tokens of the form `<0x41>` become the text of their bytes, or U+FFFD each if that is not UTF-8. */
export const byteFallback: DecodeStep = (tokens) => {
  const texts: string[] = []
  let bytes: number[] = []
  const flush = (): void => {
    if (bytes.length === 0) return
    try {
      texts.push(strict.decode(Uint8Array.from(bytes)))
    } catch {
      for (const _ of bytes) texts.push('\ufffd')
    }
    bytes = []
  }
  for (const token of tokens) {
    const hex = /^<0x(\+?[0-9a-fA-F]{1,2})>$/.exec(token)?.[1]
    if (hex?.length === 2) {
      bytes.push(parseInt(hex, 16))
    } else {
      flush()
      texts.push(token)
    }
  }
  flush()
  return texts
}
