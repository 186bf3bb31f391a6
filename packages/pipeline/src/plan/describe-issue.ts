import { option, sentence, type Sentence } from '@sluice/errors'
import type { z } from 'zod'
import { runOptionsSchema, runSettingsSchema } from './run-options.ts'

/** Says in one sentence which option is wrong, what was expected and what was given. */
export function describeIssue(issue: z.core.$ZodIssue | undefined, options: unknown): string | Sentence {
  if (issue === undefined) return 'Invalid configuration'
  if (issue.code === 'unrecognized_keys') {
    const [first = '', ...others] = issue.keys
    const unknown: Sentence = [
      'Unknown option ',
      ...[first, ...others].flatMap((key, i) => (i === 0 ? [option(key)] : [', ', option(key)])),
    ]
    return [
      ...unknown,
      `; known: ${[...Object.keys(runOptionsSchema.shape), ...Object.keys(runSettingsSchema.shape)].join(', ')}`,
    ]
  }
  const path = issue.path.map(String).join('.')
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  )
  const got =
    value === undefined
      ? 'nothing'
      : `\`${typeof value === 'bigint' ? value : JSON.stringify(value)}\` (${typeof value})`
  return sentence`Expected ${option(path)} to be ${expectation(issue)}, got ${got}`
}

function expectation(issue: z.core.$ZodIssue): string {
  // The schema's own wordings say what was expected; zod's are whole sentences.
  if (/^an? /.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' || issue.expected === 'number'
        ? 'an integer'
        : `of type ${issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'non-empty'
      return issue.inclusive === false && Number(issue.minimum) === 0
        ? 'a positive integer'
        : `at least ${issue.minimum}`
    case 'too_big':
      return `at most ${issue.maximum}`
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
  }
}
