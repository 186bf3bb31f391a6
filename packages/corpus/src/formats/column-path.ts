/** A column and the columns of a struct, by name. */
export interface NamedColumn {
  readonly name: string
  /** Columns inside, of a struct only. */
  readonly columns: readonly NamedColumn[]
}

/**
 * Finds the column that a name means: the one of that name, else the one inside structs that its dots lead to
 * (`data.text`).
 */
export function findColumnPath(columns: readonly NamedColumn[], name: string): readonly string[] | undefined {
  if (columns.some((column) => column.name === name)) return [name]
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const outer = columns.find((column) => column.name === name.slice(0, dot))
    const inner = outer === undefined ? undefined : findColumnPath(outer.columns, name.slice(dot + 1))
    if (outer !== undefined && inner !== undefined) return [outer.name, ...inner]
  }
  return undefined
}

/** The names of all columns, those inside structs with their dots. */
export function columnNames(columns: readonly NamedColumn[], before: string = ''): string[] {
  return columns.flatMap((column) =>
    column.columns.length === 0
      ? [before + column.name]
      : columnNames(column.columns, `${before}${column.name}.`),
  )
}
