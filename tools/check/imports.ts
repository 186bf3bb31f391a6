import { readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'

/** Every module that a TypeScript file names in an import or export, types and `import()` included, in order. */
export function importsOf(path: string): string[] {
  const found: string[] = []
  collect(parseAst(readFileSync(path, 'utf8'), { lang: 'ts' }, path), found)
  return found
}

function collect(node: unknown, found: string[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, found)
    return
  }
  if (typeof node !== 'object' || node === null) return
  const { source } = node as { readonly source?: { readonly type?: string; readonly value?: unknown } | null }
  if (source?.type === 'Literal' && typeof source.value === 'string') found.push(source.value)
  for (const value of Object.values(node)) collect(value, found)
}
