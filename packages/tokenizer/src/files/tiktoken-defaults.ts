import type { EncodeOptions, Encoding } from '../encoding.ts'

/** The encoding with the defaults of tiktoken: special tokens in a text are refused unless they are allowed. */
export function withTiktokenDefaults(encoding: Encoding): Encoding {
  const full = (options: EncodeOptions = {}): EncodeOptions => ({
    allowedSpecial: [],
    disallowedSpecial: 'all',
    ...options,
  })
  return {
    name: encoding.name,
    vocabSize: encoding.vocabSize,
    get endOfTextId() {
      return encoding.endOfTextId
    },
    sha256: encoding.sha256,
    specialTokens: encoding.specialTokens,
    template: encoding.template,
    keepsText: encoding.keepsText,
    generalPatterns: encoding.generalPatterns,
    encode: (text, options) => encoding.encode(text, full(options)),
    encodeOrdinary: (text) => encoding.encodeOrdinary(text),
    encodeBatch: (texts, options) => encoding.encodeBatch(texts, full(options)),
    count: (text, options) => encoding.count(text, full(options)),
    encodeWithOffsets: (text, options) => encoding.encodeWithOffsets(text, full(options)),
    encodeInto: (bytes, target, options) => encoding.encodeInto(bytes, target, options),
    findSafeCut: (bytes, near, options, reach) => encoding.findSafeCut(bytes, near, options, reach),
    decode: (ids) => encoding.decode(ids),
    decodeBytes: (ids) => encoding.decodeBytes(ids),
    tokenByteLengths: () => encoding.tokenByteLengths(),
  }
}
