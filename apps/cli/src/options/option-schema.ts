import fileSchema from '@sluice/pipeline/schema/run-config.schema.json' with { type: 'json' }

/** The part of a JSON Schema about one option. */
export interface OptionSchema {
  readonly description?: string
  readonly default?: string | number | boolean | null
  /** A default that depends on something else, in words. */
  readonly defaultText?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly OptionSchema[]
  readonly properties?: Readonly<Record<string, OptionSchema>>
  readonly required?: readonly string[]
  /** The values of an option with any names. */
  readonly additionalProperties?: OptionSchema | boolean
}

/**
 * Every option of a configuration file by name. They are read from the JSON Schema that the package publishes, so that
 * `--help` need not load the code that checks options; a test keeps the two equal.
 */
export const optionSchemas = fileSchema.properties as Readonly<Record<string, OptionSchema>>

/** Returns the schema of an option's value, without the `null` that stands for its absence. */
export function valueSchemaOf(schema: OptionSchema): OptionSchema {
  const alternatives = schema.anyOf?.filter(({ type }) => type !== 'null') ?? []
  return alternatives.length === 1 ? alternatives[0]! : schema
}
