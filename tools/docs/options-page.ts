/** An option as the configuration's JSON Schema has it. */
interface OptionSchema {
  readonly description?: string
  readonly default?: unknown
  readonly defaultText?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly OptionSchema[]
}

/** The guide to options, made from the schema that flags and their help are made of. */
export function optionsPage(schema: { readonly properties: Readonly<Record<string, OptionSchema>> }): string {
  const rows = Object.entries(schema.properties).map(([name, option]) => {
    const cells = [
      `\`${flagOf(name)}\``,
      `\`${name}\``,
      valuesOf(option),
      defaultOf(option),
      option.description ?? '',
    ]
    return `| ${cells.map(inCell).join(' | ')} |`
  })
  return `---
title: Options
---

# Options

Of \`run\`, \`enqueue\`, \`estimate\` and, but for those that are about writing, \`tokenize\`. A flag wins over the
configuration file (\`sluice.config.json\`, \`.yaml\` or \`.ts\`, or \`--config FILE\`), which wins over the default; \`--print-config\`
shows what a run would use. This table is made from the JSON Schema that flags and their help are made of.

| flag | in a file | takes | default | |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function flagOf(name: string): string {
  return name === 'corpus'
    ? 'CORPUS…'
    : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function valuesOf(option: OptionSchema): string {
  const { type, enum: choices, anyOf } = option
  if (anyOf !== undefined)
    return [...new Set(anyOf.map(valuesOf))].filter((text) => text !== 'null').join(', or ')
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ')
  const least =
    option.minimum ?? (option.exclusiveMinimum === undefined ? undefined : option.exclusiveMinimum + 1)
  const bounds = [
    ...(least === undefined ? [] : [`from ${least}`]),
    ...(option.maximum === undefined ? [] : [`to ${option.maximum}`]),
  ]
  return [type ?? 'see the schema', ...bounds].join(' ')
}

function defaultOf({ default: value, defaultText }: OptionSchema): string {
  return defaultText ?? (value === undefined || value === null ? '' : `\`${JSON.stringify(value)}\``)
}

/** A cell of a table cannot hold a bar, nor text that Markdown takes for a tag. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
