/**
 * Characters that a terminal obeys instead of showing them: control characters (Cc), line and paragraph separators, and
 * those that turn the direction of text around.
 */
const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\u{061c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

/** Writes what a terminal would obey as `\x1b`: file names, manifests and job data come from others. */
export function escapeControls(text: string): string {
  return text.replaceAll(obeyed, (character) => {
    if (character === '\n') return '\\n'
    const code = character.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** Turns a value into JSON on one line, with {@link escapeControls}' characters as JSON writes them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
