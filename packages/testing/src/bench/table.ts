import type { BenchTable } from './benchmark.ts'

/** A Markdown table with aligned columns: readable on a terminal and in a committed result. */
export function renderTable(table: BenchTable): string {
  const cells = [table.columns, ...table.rows].map((row) => row.map(String))
  const widths = table.columns.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  const [head = [], ...rows] = cells
  const notes = (table.notes ?? []).map((note) => `\n${note}`).join('')
  return `${table.title}\n\n${line(head)}\n${rule}\n${rows.map(line).join('\n')}\n${notes}`
}
