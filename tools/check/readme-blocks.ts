/** A block of code in a document. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
}

/** The blocks behind `<!-- run -->`: what a reader is told to run. */
export function runBlocksOf(document: string): CodeBlock[] {
  const blocks = document.matchAll(/<!-- run -->\n+```(\w+)\n(.*?)```/gs)
  return [...blocks].map(([, language = '', code = '']) => ({ language, code }))
}

/** All blocks of a language. */
export function blocksIn(language: string, document: string): string[] {
  const blocks = document.matchAll(/^```(\w+)\n(.*?)^```/gms)
  return [...blocks].filter(([, found]) => found === language).map(([, , code = '']) => code)
}

/** The lines that a block says it prints: comments behind what prints them. */
export function statedOutput(code: string): string[] {
  const stated = code.matchAll(/^(?:console\.log|print)\(.*\) +(?:\/\/|#) (?!\.\.\.)(.+)$/gm)
  return [...stated].map(([, line = '']) => line)
}
